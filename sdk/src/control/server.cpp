#include "control/server.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "control/quiet_thread.hpp"

#include "os/descriptor.hpp"

namespace tidegate::control {
namespace {

constexpr std::size_t kMostClients = 512;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kLookAfterNs = 2'000 * kMillisecond;  // a socket that was removed is made again within 5 s

/// Milliseconds for poll(), rounded up so that it does not come back too early; -1: no limit.
int timeout_ms(std::uint64_t deadline, std::uint64_t now) {
  if (deadline == TG_FOREVER) return -1;
  if (deadline <= now) return 0;
  return static_cast<int>(std::min<std::uint64_t>((deadline - now) / kMillisecond + 1, 3'600'000));
}

}  // namespace

Server::Server(tg_host *host, std::string_view directory)
    : jobs_([this] { bell_.ring(); }),
      socket_(view(tg_host_name(host)), std::string(directory)),
      requests_(host, jobs_),
      events_(host, UINT64_MAX, [this](const tg_event &) { bell_.ring(); }),
      thread_(quiet_thread("tg-control", [this] { serve(); })) {}

void Server::stop() {
  if (!thread_.joinable()) return;
  stop_.store(true);
  bell_.ring();
  thread_.join();
}

Server::~Server() {
  stop();
  // A server often ends as soon as its services have stopped: clients that wait for that moment get their answers first.
  for (Connection &connection : connections_) connection.finish();
  connections_.clear();
  events_ = Subscription();
}

void Server::serve() {
  while (!stop_.load()) {
    try {
      turn();
    } catch (const std::bad_alloc &) {
      connections_.clear();  // without memory for its clients the server disconnects them, and serves later clients
      accept_again_at_ = monotonic_now() + 100 * kMillisecond;
    }
  }
}

/// Waits until a client, an event or a job needs attention, and serves each client once. Throws std::bad_alloc.
void Server::turn() {
  if (monotonic_now() >= look_at_) {
    look_at_ = monotonic_now() + kLookAfterNs;
    socket_.mend();
  }
  const bool may_accept = monotonic_now() >= accept_again_at_;
  watched_ = {{bell_.fd(), POLLIN, 0}, {may_accept ? socket_.fd() : -1, POLLIN, 0}};
  for (const Connection &connection : connections_) watched_.push_back({connection.fd(), connection.interest(), 0});
  const bool more = std::ranges::any_of(connections_, &Connection::has_request);
  poll(watched_.data(), watched_.size(), more ? 0 : timeout_ms(next_deadline(), monotonic_now()));

  bell_.clear();
  const std::uint64_t now = monotonic_now();
  std::size_t i = 2;
  for (Connection &connection : connections_) {
    const short happened = watched_[i++].revents;
    if ((happened & POLLIN) != 0) connection.readable();
    connection.recheck(now);
    connection.advance();
    if ((happened & (POLLHUP | POLLERR)) != 0 && (happened & POLLIN) == 0) connection.hung_up();
  }
  std::erase_if(connections_, [](const Connection &connection) { return connection.over(); });
  if ((watched_[1].revents & POLLIN) != 0) accept_clients();
}

void Server::accept_clients() {
  while (true) {
    os::Descriptor client(accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client.is_open()) {
      // No descriptor is left: the client stays in the queue, and accepting pauses, so that this thread does not spin.
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        accept_again_at_ = monotonic_now() + 100 * kMillisecond;
      return;
    }
    const bool room = connections_.size() < kMostClients || let_go_of_one();
    const std::optional<Peer> peer = Socket::own_peer(client.fd());
    Connection &connection = connections_.emplace_back(std::move(client), peer.value_or(Peer{}), requests_);
    if (!peer)
      connection.turn_away(TG_E_SYSTEM, "only the host's own user and root may control it");
    else if (!room)
      connection.turn_away(TG_E_BUSY, "too many clients are waiting for answers; try again later");
    if (connection.over()) connections_.pop_back();
  }
}

/// Makes room for an operator: disconnects the idle client that has been silent for the longest time.
bool Server::let_go_of_one() {
  auto longest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it)
    if (it->idle() && (longest == connections_.end() || it->active_at() < longest->active_at())) longest = it;
  if (longest == connections_.end()) return false;
  connections_.erase(longest);
  return true;
}

std::uint64_t Server::next_deadline() const {
  std::uint64_t next = look_at_;
  if (monotonic_now() < accept_again_at_) next = std::min(next, accept_again_at_);
  for (const Connection &connection : connections_) next = std::min(next, connection.deadline());
  return next;
}

}  // namespace tidegate::control
