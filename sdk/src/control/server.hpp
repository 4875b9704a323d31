#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "control/bell.hpp"
#include "control/connection.hpp"
#include "control/jobs.hpp"
#include "control/requests.hpp"
#include "control/socket.hpp"
#include "tidegate/host.hpp"

namespace tidegate::control {

/// Serves the control socket of a host on a thread of its own. Errors: tidegate::Error.
///
/// No client delays another: a client's requests are carried out one by one, the next only after the client has taken the last answer, and
/// unread input and output are bounded. Jobs carry out changes, as these may wait for a disk or a plugin; their answers are held, and the
/// destructor waits for the jobs in progress. The socket is made again when it is removed.
class Server {
 public:
  Server(tg_host *host, std::string_view directory);
  ~Server();
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  /// Stops serving clients. The jobs in progress go on.
  void stop();
  /// After stop(): waits so many ns at the most. Returns: whether no job is in progress any more.
  bool jobs_end(std::uint64_t bound_ns) { return jobs_.wait(bound_ns); }
  /// Where the socket was made first; tg_control_path() promises a text that does not change.
  const std::string &path() const { return path_; }

 private:
  void serve();
  void turn();
  void accept_clients();
  bool let_go_of_one();
  std::uint64_t next_deadline() const;

  Bell bell_;  // an event has come, a job is done, or stop_ is set
  Jobs jobs_;  // the thread's own; waited for when the socket is gone
  Socket socket_;
  const std::string path_{socket_.path()};
  Requests requests_;
  std::atomic<bool> stop_{false};
  std::list<Connection> connections_;  // the thread's own
  std::vector<pollfd> watched_;        // the thread's own: what poll() waits for
  std::uint64_t accept_again_at_ = 0;  // the thread's own: no descriptor was left
  std::uint64_t look_at_ = 0;          // the thread's own: when it is looked whether the socket is in its place still
  Subscription events_;
  std::thread thread_;
};

}  // namespace tidegate::control
