// A SIP mediation server that drains: calls (RTCMEDSRV) and a configuration replica (REPLICA) in one process on one loop.

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "calls.hpp"
#include "replica.hpp"
#include "spare.hpp"
#include "tidegate/host.hpp"

namespace {

struct Options {
  std::string name = "mediation";
  std::string address = "127.0.0.1";
  std::uint16_t sip_port = 5060;
  std::uint16_t replica_port = 5070;
  std::uint32_t ring_ms = 0;
  double deadline_s = 20;  // and 5 s of grace: less than the 30 s after which Kubernetes kills a container
  std::string control;
  std::string state_directory;
  std::uint64_t max_calls = 0;
  std::string redirect;
  bool json_log = false;
  std::vector<std::string> plugins;
};

/// libre's set-up and clean-up, and its share of the descriptors.
///
/// libre accepts a connection for as long as the process has a descriptor, and at the end of them spins on its listening sockets. It closes at
/// once a connection whose descriptor is not below its own maximum. That maximum lies below the limit of the process: the descriptors
/// above it stay free for the library, its control socket and a refused client.
struct Libre {
  Libre() {
    constexpr rlim_t kSpare = 32, kMost = 65536;
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 2 * kSpare)
      throw std::runtime_error("ulimit -n is " + std::to_string(files.rlim_cur) + "; set it to " + std::to_string(2 * kSpare) + " or more");
    descriptors = static_cast<int>(std::min(files.rlim_cur, kMost) - kSpare);
    if (libre_init() != 0 || fd_setsize(descriptors) != 0) throw std::runtime_error("libre cannot be initialised");
  }
  ~Libre() { libre_close(); }
  Libre(const Libre &) = delete;
  Libre &operator=(const Libre &) = delete;

  int descriptors = 0;  // libre's maximum
};

/// The signals SIGTERM, SIGINT and, unless nohup(1) has it ignored, SIGHUP as a descriptor that the loop reads. The process blocks them
/// from its start, so that an early signal drains too. No signal is lost while another is handled, as happens in libre's own handler.
class Signals {
 public:
  Signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    struct sigaction hang_up {};
    if (sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    fd_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd_ < 0) throw std::runtime_error("a descriptor for signals could not be had");
  }
  ~Signals() { close(fd_); }
  Signals(const Signals &) = delete;
  Signals &operator=(const Signals &) = delete;

  int fd() const { return fd_; }
  /// Takes one pending signal. Returns: false when no signal is pending.
  bool take() const {
    signalfd_siginfo info{};
    return read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info);
  }

 private:
  int fd_ = -1;
};

sa address_of(const std::string &ip, std::uint16_t port) {
  sa out{};
  if (sa_set_str(&out, ip.c_str(), port) != 0) throw std::runtime_error("\"" + ip + "\" is not an IP address");
  return out;
}

tg_host_options host_options(const Options &options) {
  tg_host_options out = TG_INIT(tg_host_options);
  out.name = tidegate::str(options.name);
  out.loop = TG_LOOP_POLL;
  out.state_directory = tidegate::str(options.state_directory);
  out.log_format = options.json_log ? TG_FORMAT_JSON : TG_FORMAT_TEXT;
  return out;
}

/// The server, from its start to the second after its last call.
class Server {
 public:
  /// Of `descriptors` half are for replicas, and half for SIP over TCP.
  Server(const Options &options, const Signals &signals, int descriptors)
      : signals_in_(signals),
        deadline_(static_cast<std::int64_t>(options.deadline_s * 1e9)),
        host_(host_options(options)),
        calls_(std::in_place, host_, address_of(options.address, options.sip_port),
               std::chrono::milliseconds(options.ring_ms), options.max_calls, options.redirect),
        replica_(std::in_place, host_, address_of(options.address, options.replica_port), static_cast<std::uint64_t>(descriptors / 2)),
        events_(host_.subscribe([this](const tg_event &event) { on_event(event); })),
        descriptors_(descriptors) {
    for (const std::string &plugin : options.plugins) {
      const std::size_t cut = plugin.find('=');
      host_.load_plugin(plugin.substr(0, cut), cut == std::string::npos ? "" : plugin.substr(cut + 1));
    }
    if (fd_listen(
            host_.fd(), FD_READ, [](int, void *host) { static_cast<tidegate::Host *>(host)->poll(); }, &host_) != 0)
      throw std::runtime_error("libre cannot watch the host");
    const auto take_signals = [](int, void *server) {
      while (static_cast<Server *>(server)->signals_in_.take()) static_cast<Server *>(server)->on_signal();
    };
    if (fd_listen(signals_in_.fd(), FD_READ, take_signals, this) != 0)
      throw std::runtime_error("libre cannot watch for signals");
    tmr_init(&last_wait_);
    tmr_init(&look_);
    // Before the ports: a second server of this name disturbs no client. A service is started last, when it can be reached.
    control_.emplace(host_.open_control(options.control));
    calls_->listen();
    replica_->listen();
    for (const tidegate::Service &service : host_.services()) service.start({options.name, "the server starts"});
    look_at_descriptors();
    std::printf("mediation: SIP on %s:%u (UDP and TCP), REPLICA on port %u, control socket %.*s\n", options.address.c_str(),
                options.sip_port, options.replica_port, static_cast<int>(control_->path().size()), control_->path().data());
    std::fflush(stdout);
  }

  ~Server() {
    tmr_cancel(&last_wait_);
    tmr_cancel(&look_);
    fd_close(signals_in_.fd());
    fd_close(host_.fd());
    calls_.reset();
    replica_.reset();
  }
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  /// The first signal lets calls end, the second ends them, the third waits for nothing, not for answers to BYEs either.
  void on_signal() {
    if (ending_) re_cancel();
    try {
      host_.terminate({deadline_, tidegate::Duration(0), {"signal", signals_ == 0 ? "SIGTERM" : "another SIGTERM"}});
      host_.poll();  // hang up now, while there is a SIP stack to say it
      end_when_over();
    } catch (const tidegate::Error &error) {
      std::fprintf(stderr, "mediation: %s\n", error.what());
    }
    ++signals_;
  }

 private:
  /// Ten times a second: a limit that was lowered later, or that of the whole system, leaves libre no descriptor either.
  void look_at_descriptors() {
    tmr_start(
        &look_, 100, [](void *server) { static_cast<Server *>(server)->look_at_descriptors(); }, this);
    spare_.close_waiting(descriptors_);
  }

  void on_event(const tg_event &event) {
    if (event.number == TG_EVENT_HOST_ENDED) end_when_over();
  }

  void end_when_over() {
    if (ending_ || !host_.wait(tidegate::Duration(0))) return;
    ending_ = true;
    // BYEs that have just been sent want their answers, but a peer that is gone does not hold us for ever.
    tmr_start(
        &last_wait_, 2000, [](void *) { re_cancel(); }, nullptr);
    calls_->shut_down([](void *) { re_cancel(); }, nullptr);
  }

  const Signals &signals_in_;
  const tidegate::Duration deadline_;
  tidegate::Host host_;
  std::optional<Calls> calls_;
  std::optional<Replica> replica_;
  tidegate::Subscription events_;
  std::optional<tidegate::Control> control_;
  const int descriptors_;
  Spare spare_;
  tmr last_wait_{}, look_{};
  int signals_ = 0;
  bool ending_ = false;
};

int serve(const Options &options) {
  const Signals signals;
  const Libre libre;
  const Server server(options, signals, libre.descriptors);
  return re_main(nullptr) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app{"A SIP mediation server that drains. SIGTERM lets calls end, then stops; a second SIGTERM ends them now.",
               "mediation"};
  app.add_option("--name", options.name, "the host's name, by which the tidegate command finds it")->capture_default_str();
  app.add_option("--address", options.address, "IP address to listen at")->capture_default_str();
  app.add_option("--sip-port", options.sip_port, "UDP and TCP port for SIP")->capture_default_str();
  app.add_option("--replica-port", options.replica_port, "TCP port of the replica")->capture_default_str();
  app.add_option("--ring", options.ring_ms, "milliseconds that a call rings before it is answered")->capture_default_str();
  app.add_option("--deadline", options.deadline_s, "seconds that SIGTERM leaves to calls in progress")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  app.add_option("--control", options.control, "directory of the control socket; else where the tidegate command looks");
  app.add_option("--state-dir", options.state_directory,
                 "where it is kept that an operator holds a service, so that it comes back paused; else nowhere");
  app.add_option("--max-calls", options.max_calls, "calls at a time; 0: no limit")->capture_default_str();
  app.add_option("--redirect", options.redirect, "SIP URI to which refused calls are sent (302); else 503");
  app.add_option("--plugin", options.plugins, "PATH or PATH=JSON of a plugin to load; may be repeated");
  app.add_flag("--json-log", options.json_log, "log one JSON object a line");
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return serve(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "mediation: %s\n", error.what());
    return 1;
  }
}
