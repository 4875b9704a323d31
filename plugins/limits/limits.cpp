// limits: at most N sessions of a service for each peer address.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <tidegate/plugin.hpp>

#include "config.hpp"
#include "peer_table.hpp"

namespace {

class Limits : public tidegate::plugin::Plugin {
 public:
  static constexpr bool may_unmap = true;
  static constexpr std::string_view schema = Config::kSchema;

  Limits(HostView host, std::string_view config) : Limits(host, Config::parse(config)) {}

  void start() { look_later(); }

  /// The room for peers is taken once, so that no admission ever waits for memory.
  void reconfigure(std::string_view text) {
    const Config config = Config::parse(text);
    if (config.peers != room_)
      throw std::invalid_argument("\"peers\" cannot be changed from " + std::to_string(room_) + " to " +
                                  std::to_string(config.peers) + " while it runs; reload the plugin for that");
    max_per_peer_.store(config.max_per_peer, std::memory_order_relaxed);
  }

  void ask(const Query &query, Answer &answer) {
    if (count(query, max_per_peer_.load(std::memory_order_relaxed), answer) == PeerTable::Added::at_limit)
      answer.refuse("this address has its maximum of sessions");
  }

  /// Counts the session, also above the present limit, as it is live already; so a reload never raises a peer's number of sessions.
  void adopt(const Query &query, Answer &answer) { count(query, std::numeric_limits<std::uint32_t>::max(), answer); }

  void cancelled(const Query &query) { peers_.remove(key(query)); }
  void released(const Query &query) { peers_.remove(key(query)); }

 private:
  static constexpr std::chrono::seconds kLook{10};

  Limits(HostView host, const Config &config)
      : Plugin(host), max_per_peer_(config.max_per_peer), room_(config.peers), peers_(config.peers) {}

  /// Answers ADMITTED for a session that it has counted. A session of an unknown peer is not counted, and neither is a session for
  /// which the table has no room: to refuse all peers because of a full table would be worse than not to count some.
  PeerTable::Added count(const Query &query, std::uint32_t limit, Answer &answer) {
    if (unknown(query.peer())) return PeerTable::Added::no_room;
    const PeerTable::Added added = peers_.add(key(query), limit);
    if (added == PeerTable::Added::counted) answer.admit();
    if (added == PeerTable::Added::no_room) full_.store(true, std::memory_order_relaxed);
    return added;
  }

  /// Nothing is logged inside a policy, so that a full table is said by a later look; once.
  void look_later() {
    host().call_later(kLook, [this] {
      if (full_.load(std::memory_order_relaxed))
        host().warning("more peers than \"peers\" allows for: some are not counted");
      else
        look_later();
    });
  }

  static bool unknown(const tg_address &peer) {
    return std::ranges::all_of(peer.ip, [](std::uint8_t byte) { return byte == 0; });
  }
  static PeerTable::Key key(const Query &query) {
    PeerTable::Key out{};
    std::memcpy(out.ip.data(), query.peer().ip, out.ip.size());
    out.service = query.service().data();  // the name stays as long as the host, so its place is as good as its text
    return out;
  }

  std::atomic<std::uint32_t> max_per_peer_;  // written by reconfigure, read by ask: no order with anything else
  const std::size_t room_;
  PeerTable peers_;
  std::atomic<bool> full_{false};  // written by ask and adopt, read by the look
};

}  // namespace

TIDEGATE_PLUGIN(Limits, "org.tidegate.limits", TG_VERSION);
