#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>

#include "control/bell.hpp"
#include "control/connection.hpp"
#include "control/jobs.hpp"
#include "control/requests.hpp"
#include "control/socket.hpp"
#include "tidegate/host.hpp"

namespace tidegate::control {

/// Serves the control socket of a host on a thread of its own. Errors: tidegate::Error.
///
/// Nobody who connects can hold anybody else up: a client's requests are carried out one by one, the next only when it has
/// taken the last answer, and what it sends or leaves unread is bounded. What runs code of plugins is done by jobs, whose
/// answers are held; the destructor waits for those in progress. The socket is made again when something removes it.
class Server {
 public:
  Server(tg_host *host, std::string_view directory);
  ~Server();
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  /// Answers nobody any more. The jobs in progress go on.
  void stop();
  /// After stop(): waits so many ns at the most. Returns: whether no job is in progress any more.
  bool jobs_end(std::uint64_t bound_ns) { return jobs_.wait(bound_ns); }
  /// Where the socket was made first; tg_control_path() promises a text that does not change.
  const std::string &path() const { return path_; }

 private:
  void serve();
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
  std::uint64_t accept_again_at_ = 0;  // the thread's own: no descriptor was left
  std::uint64_t look_at_ = 0;          // the thread's own: when it is looked whether the socket is in its place still
  Subscription events_;
  std::thread thread_;
};

}  // namespace tidegate::control
