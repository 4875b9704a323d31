#pragma once

/// What the command's exit code says; also in `tidegate --help`.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,    ///< the host said no, or something went wrong
  kUsage = 2,      ///< the command line is not right
  kNoHost = 3,     ///< no host was found, or it went away
  kTimeout = 4,    ///< the time given was over first
  kEnded = 5,      ///< the drain or start ended otherwise: resumed, failed, or with sessions left
  kHeld = 6,       ///< another actor's hold keeps the service paused
  kDetached = 130  ///< Ctrl-C: the request goes on
};
