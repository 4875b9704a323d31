#include <CLI/CLI.hpp>

#include "client.hpp"
#include "commands.hpp"
#include "duration.hpp"
#include "tidegate/version.h"

namespace {

constexpr const char *kAbout =
    "Drains, stops and starts the services of a server that embeds Tidegate, and shows what they do.\n"
    "Existing sessions run on, new ones are refused, and when the last one has left the service can be stopped.";

constexpr const char *kFooter = R"(
Example:
  tidegate services                            what runs, and how busy it is
  tidegate stop RTCMEDSRV --graceful           let calls in progress end, then stop; wait for it
  tidegate drain RTCMEDSRV --deadline 10m      the same, but stay paused, and close what is left after 10 minutes
  tidegate resume RTCMEDSRV                    take new calls again
  tidegate events --follow                     25049 draining started, 25050 draining complete, 25003 stopped, ...

Durations: 30, 30s, 250ms, 5m, 2h. Without --host or --socket the only host running here is meant.

Exit codes: 0 done; 1 the host refused or something went wrong; 2 the command line is not right; 3 no host found;
            4 the time given was over first; 5 the drain or start ended otherwise (resumed, failed, sessions left);
            130 Ctrl-C while waiting: what was asked for goes on.)";

CLI::Validator duration_in(std::uint64_t &ns) {
  return {[&ns](std::string &text) -> std::string {
            const auto parsed = parse_duration(text);
            if (!parsed) return "\"" + text + "\" is not a duration such as 30s, 250ms, 5m or 2h";
            if (*parsed == 0) return std::string("must be more than 0");
            ns = *parsed;
            text = std::to_string(*parsed);
            return {};
          },
          "DURATION"};
}

class Parser {
 public:
  explicit Parser(Arguments &arguments) : arguments_(arguments) {
    app_.footer(kFooter);
    app_.set_version_flag("--version", TG_VERSION);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--host", arguments_.host, "the host's name; else $TIDEGATE_HOST, else the only one");
    app_.add_option("--socket", arguments_.socket, "path of the host's control socket");
    app_.add_flag("--json", arguments_.json, "print JSON, one object a line");

    add(services, "services", "List the services with status and activity")
        ->add_option("NAME", arguments_.services, "only these");

    auto *starting = add_change(start, "start", "Start a service, and wait until it runs");
    add_waiting(starting);

    auto *stopping = add_change(stop, "stop", "Stop a service; with --graceful once its sessions have ended");
    stopping->add_flag("--graceful", arguments_.graceful, "refuse new sessions and wait for those in progress");
    add_drain(stopping);
    add_waiting(stopping);

    auto *draining = add_change(drain, "drain", "Pause a service: refuse new sessions, wait for those in progress");
    add_drain(draining);
    add_waiting(draining);

    add_waiting(add_change(resume, "resume", "Admit sessions again"));

    auto *waiting = add(wait, "wait", "Wait for a service");
    add_service(waiting);
    waiting->add_option("--until", arguments_.until, "drained, stopped or running")
        ->required()
        ->check(CLI::IsMember({"drained", "stopped", "running"}));
    add_timeout(waiting);

    auto *listing = add(events, "events", "Show what happened");
    listing->add_flag("-f,--follow", arguments_.follow, "go on with what happens, until Ctrl-C");
    listing->add_option("--after", arguments_.after, "only events after this sequence number");
    listing->add_option("--id", arguments_.ids, "only events with this number, such as 25050; may be repeated");

    auto *showing = add(sessions, "sessions", "Show the live sessions of a service");
    add_service(showing);
    showing->add_option("--limit", arguments_.limit, "this many at most (1,000)")->check(CLI::Range(1u, 10000u));
  }

  int run(int argc, char **argv) {
    try {
      app_.parse(argc, argv);
      if (arguments_.graceful || arguments_.deadline_ns == 0 || chosen_ != stop) return written(chosen_(arguments_));
      throw CLI::ValidationError("--deadline goes with --graceful: without it a stop does not wait");
    } catch (const CLI::ParseError &error) {
      return app_.exit(error) == 0 ? kDone : kUsage;
    } catch (const Stop &stop) {
      if (*stop.what() != '\0') std::fprintf(stderr, "tidegate: %s\n", stop.what());
      return stop.code();
    } catch (const std::exception &error) {
      std::fprintf(stderr, "tidegate: %s\n", error.what());
      return kRefused;
    }
  }

 private:
  using Command = ExitCode (*)(const Arguments &);

  /// What could not be written (a full disk) was not done.
  static ExitCode written(ExitCode code) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    throw Stop(kRefused, "the output could not be written");
  }

  CLI::App *add(Command command, const char *name, const char *about) {
    return app_.add_subcommand(name, about)->callback([this, command] { chosen_ = command; });
  }
  CLI::App *add_change(Command command, const char *name, const char *about) {
    CLI::App *app = add(command, name, about);
    add_service(app);
    app->add_option("--reason", arguments_.reason, "why; ends up in the events");
    app->add_option("--actor", arguments_.actor, "who asks; default: your user name");
    return app;
  }
  void add_service(CLI::App *app) { app->add_option("SERVICE", arguments_.service, "its name")->required(); }
  void add_timeout(CLI::App *app) {
    app->add_option("--timeout", timeout_, "give up waiting after so long")->transform(duration_in(arguments_.timeout_ns));
  }
  void add_waiting(CLI::App *app) {
    auto *no_wait = app->add_flag("--no-wait", arguments_.no_wait, "come back at once; it goes on without you");
    add_timeout(app);
    app->get_option("--timeout")->excludes(no_wait);
  }
  void add_drain(CLI::App *app) {
    app->add_option("--deadline", deadline_, "then tell the sessions left to close; without it there is no limit")
        ->transform(duration_in(arguments_.deadline_ns));
    app->add_option("--kill-grace", kill_grace_, "time they have to close before the service is Failed (5s)")
        ->transform(duration_in(arguments_.kill_grace_ns));
  }

  Arguments &arguments_;
  CLI::App app_{kAbout, "tidegate"};
  Command chosen_ = nullptr;
  std::string timeout_, deadline_, kill_grace_;
};

}  // namespace

int main(int argc, char **argv) {
  Arguments arguments;
  return Parser(arguments).run(argc, argv);
}
