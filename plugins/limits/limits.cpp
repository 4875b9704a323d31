// limits: at most N sessions of a service for each peer address.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "peer_table.hpp"
#include "tidegate/entry.h"
#include "tidegate/ext/admission.h"

namespace {

struct Config {
  std::uint32_t max_per_peer = 0;
  std::size_t peers = 65536;
};

std::uint64_t number(const nlohmann::json &json, const std::string &key, std::uint64_t least, std::uint64_t most) {
  const bool whole = json.is_number_unsigned();
  if (!whole || json.get<std::uint64_t>() < least || json.get<std::uint64_t>() > most)
    throw std::invalid_argument("\"" + key + "\" must be a whole number from " + std::to_string(least) + " to " +
                                std::to_string(most));
  return json.get<std::uint64_t>();
}

Config parse(tg_str text) {
  Config config;
  const auto json = nlohmann::json::parse(text.ptr, text.ptr + text.len, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument("the configuration is not a JSON object");
  for (const auto &[key, value] : json.items()) {
    if (key == "max_per_peer")
      config.max_per_peer = static_cast<std::uint32_t>(number(value, key, 1, 1'000'000'000));
    else if (key == "peers")
      config.peers = static_cast<std::size_t>(number(value, key, 1, 16'777'216));
    else
      throw std::invalid_argument("unknown key \"" + key + "\"; known are max_per_peer and peers");
  }
  if (config.max_per_peer == 0) throw std::invalid_argument("\"max_per_peer\" is missing, such as {\"max_per_peer\": 10}");
  return config;
}

class Limits {
 public:
  Limits(const tg_plugin_host &host, const Config &config) : host_(host), config_(config), peers_(config.peers) {}

  void ask(const tg_admission_query &query, tg_admission_answer &answer) {
    if (unknown(query.peer)) return;  // abstain: there is nobody to count
    switch (peers_.add(key(query), config_.max_per_peer)) {
      case PeerTable::Added::counted: answer.verdict = TG_VERDICT_ADMITTED; return;
      case PeerTable::Added::at_limit:
        answer.verdict = TG_VERDICT_REFUSED;
        answer.text = TG_STR("this address has its maximum of sessions");
        return;
      case PeerTable::Added::no_room:
        // Refusing everybody because of a full table would be worse than not counting some.
        if (!warned_.exchange(true))
          host_.log(host_.context, TG_SEVERITY_WARNING,
                    TG_STR("more peers than \"peers\" allows for: some are not counted"));
    }
  }

  void gone(const tg_admission_query &query) { peers_.remove(key(query)); }

 private:
  static bool unknown(const tg_address &peer) {
    return std::ranges::all_of(peer.ip, [](std::uint8_t byte) { return byte == 0; });
  }
  static PeerTable::Key key(const tg_admission_query &query) {
    PeerTable::Key out{};
    std::memcpy(out.ip.data(), query.peer.ip, out.ip.size());
    out.service = query.service.ptr;  // the name stays as long as the host, so its place is as good as its text
    return out;
  }

  const tg_plugin_host &host_;
  const Config config_;
  PeerTable peers_;
  std::atomic<bool> warned_{false};
};

tg_result create(const tg_plugin_host *host, tg_str config, void **instance) noexcept {
  try {
    *instance = new Limits(*host, parse(config));
    return TG_OK;
  } catch (const std::exception &error) {
    host->fail(host->context, {error.what(), std::strlen(error.what())});
    return TG_E_INVALID;
  }
}

void destroy(void *instance) noexcept { delete static_cast<Limits *>(instance); }

void ask(void *instance, const tg_admission_query *query, tg_admission_answer *answer) noexcept {
  static_cast<Limits *>(instance)->ask(*query, *answer);
}

void gone(void *instance, const tg_admission_query *query) noexcept { static_cast<Limits *>(instance)->gone(*query); }

constexpr tg_admission_policy kPolicy{sizeof(tg_admission_policy), TG_PLUGIN_ABI, 0, 0, ask, gone, gone};

const void *extension(void *, tg_str role) noexcept {
  return std::string_view(role.ptr, role.len) == TG_ROLE_ADMISSION ? &kPolicy : nullptr;
}

}  // namespace

TG_PLUGIN("org.tidegate.limits", TG_VERSION, TG_ABI(0, 9), TG_ROLE_ADMISSION, create, extension, nullptr, nullptr, destroy);
