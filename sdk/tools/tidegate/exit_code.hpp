#pragma once

/// The exit codes of the command; `tidegate --help` lists them too.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,    ///< the host refused the request, or something went wrong
  kUsage = 2,      ///< the command line is not right
  kNoHost = 3,     ///< no host was found, or it ended the connection
  kTimeout = 4,    ///< the time limit came before the outcome, or the host does not answer
  kEnded = 5,      ///< the drain or start ended otherwise: resumed, failed, or with sessions left
  kHeld = 6,       ///< another actor's hold keeps the service paused
  kDetached = 130  ///< Ctrl-C: the request goes on
};
