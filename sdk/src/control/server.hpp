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
  /// Call it after stop(). Waits for the jobs in progress, for `bound_ns` at most. Returns: whether all have ended.
  bool jobs_end(std::uint64_t bound_ns) { return jobs_.wait(bound_ns); }
  /// Returns the path at which the socket was made first: tg_control_path() promises a text that does not change.
  const std::string &path() const { return path_; }

 private:
  void serve();
  void turn();
  void accept_clients();
  bool let_go_of_one();
  std::uint64_t next_deadline() const;

  Bell bell_;  // rings when an event has come, a job is done, or stop_ is set
  Jobs jobs_;  // destroyed after the socket: the destructor waits for the jobs
  Socket socket_;
  const std::string path_{socket_.path()};
  Requests requests_;
  std::atomic<bool> stop_{false};
  std::list<Connection> connections_;  // the thread's own
  std::vector<pollfd> watched_;        // the thread's own: what poll() waits for
  std::uint64_t accept_again_at_ = 0;  // the thread's own: the end of a pause after descriptors or memory ran out
  std::uint64_t look_at_ = 0;          // the thread's own: the time of the next check that the socket is in its place
  Subscription events_;
  std::thread thread_;
};

}  // namespace tidegate::control
