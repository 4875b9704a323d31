#pragma once

#include <string>

#include "calls.hpp"

namespace tidegate::bench {

/// A host with one service that runs, made through a table of calls; never destroyed, as the program ends with it.
class Server {
 public:
  struct Options {
    std::uint64_t capacity = 0;      ///< of the host; 0: as it is
    std::uint64_t max_sessions = 0;  ///< of the service; 0: none
    std::uint32_t loop = TG_LOOP_STEWARD;
    std::string state_directory = {};  ///< empty: nothing is kept
  };
  explicit Server(const Tidegate &calls, const Options &options);
  explicit Server(const Tidegate &calls) : Server(calls, Options()) {}

  EntryCalls entries(const char *name = "gate: entry") const;
  SessionCalls sessions(const char *name = "gate: session") const;

  /// A plugin, of which the file is there.
  void load(const std::string &path, const std::string &config) const;

  void drain() const;
  void resume() const;
  /// Until 25050. Threads: any.
  void wait_until_drained() const;
  void poll() const;

  tg_host *host() const { return host_; }
  tg_service *service() const { return service_; }

 private:
  void wait_until_running() const;

  const Tidegate &calls_;
  const std::uint32_t loop_;
  tg_host *host_ = nullptr;
  tg_service *service_ = nullptr;
};

/// Ends the program when a call that cannot fail here has failed.
void must(tg_result result, const char *call);

}  // namespace tidegate::bench
