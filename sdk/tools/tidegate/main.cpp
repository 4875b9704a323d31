#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <new>
#include <nlohmann/json.hpp>

#include "border/plain_text.hpp"
#include "client.hpp"
#include "commands.hpp"
#include "conversation.hpp"
#include "duration.hpp"
#include "help.hpp"
#include "table.hpp"
#include "tidegate/vocabulary/result.h"
#include "tidegate/version.h"
#include "usage.hpp"

namespace {

constexpr const char *kAbout =
    "Drains, stops and starts the services of a server that embeds Tidegate, and shows what they do.\n"
    "Existing sessions run on, new ones are refused, and when the last one has left the service can be stopped.";

constexpr const char *kFooter = R"(
Example:
  tidegate hosts                               which servers run here, and whose they are
  tidegate services                            what runs, and how busy it is
  tidegate stop RTCMEDSRV --graceful           let calls in progress end, then stop; wait for it
  tidegate drain RTCMEDSRV --deadline 10m      the same, but stay paused, and close what is left after 10 minutes
  tidegate blockers RTCMEDSRV                  who keeps it from being drained
  tidegate drain --all --except REPLICA        several: all are shut before any is waited for
  tidegate pause RTCMEDSRV --hold-for 2h       refuse new calls for two hours, unless resumed before
  tidegate holds                               who wants what to stay paused
  tidegate resume RTCMEDSRV                    lift your hold; take new calls again when nobody else has one
  tidegate plugins                             what is loaded, what it says yes to, how long it takes, what went wrong
  tidegate plugins reload limits               replace org.tidegate.limits by the file that is at its path now
  tidegate events --follow                     25049 draining started, 25050 draining complete, 25003 stopped, ...

Durations: 30, 30s, 250ms, 5m, 1h30m, 2d, 1w. Without --host or --socket the only host running here is meant.

Exit codes: 0 done; 1 the host refused or something went wrong; 2 the command line is not right; 3 no host found;
            4 the time given was over first; 5 the drain or start ended otherwise (resumed, failed, sessions left);
            6 somebody else's hold keeps the service paused;
            130 Ctrl-C while waiting: what was asked for goes on.)";

constexpr const char *kAboutPlugins = R"(
Example:
  tidegate plugins                                               what is loaded
  install -m 644 new.so /opt/p/.limits.new && mv /opt/p/.limits.new /opt/p/limits.so
  tidegate plugins reload limits                                 the new file does the work; live sessions are handed over
  tidegate plugins reconfigure limits --config '{"max_per_peer": 8}'
  tidegate plugins reconfigure limits --config @/etc/limits.json

Put a new file beside the old one and rename it over that: a file that is written to while the server copies it is refused. When the new one cannot be
loaded, made or started, the old one goes on. The server says which file it is, and of what SHA-256: neither can be said here.
What takes long goes on after Ctrl-C (exit code 130) and --timeout (4).

SESSIONS: live ones that its policy has said yes to. FAULTS: calls that failed or took too long. MEAN, MAX: of its policy's
calls, of which 1 in 256 is timed. BEHIND: events that it has still to take.)";

struct Example {
  const char *command;
  const char *line;
};
constexpr Example kExamples[] = {
    {"hosts", "hosts"},
    {"hosts", "hosts --user kam              those that the user kam runs"},
    {"services", "services"},
    {"services", "services RTCMEDSRV --json"},
    {"start", "start RTCMEDSRV"},
    {"start", "start --all --except REPLICA"},
    {"stop", "stop RTCMEDSRV --graceful --deadline 10m"},
    {"stop", "stop RTCMEDSRV                cuts what is in progress"},
    {"drain", "drain RTCMEDSRV --deadline 1h30m --at-deadline wait"},
    {"drain", "drain --all --reason \"patch day\" --no-wait"},
    {"pause", "pause RTCMEDSRV --hold-for 2h --reason \"line test\""},
    {"pause", "pause --all --until-restart"},
    {"restart", "restart RTCMEDSRV --deadline 5m"},
    {"restart", "restart --all --except REPLICA"},
    {"resume", "resume RTCMEDSRV"},
    {"resume", "resume RTCMEDSRV --all-holds  also those of others"},
    {"wait", "wait RTCMEDSRV --until drained"},
    {"wait", "wait RTCMEDSRV REPLICA --until stopped --timeout 1h"},
    {"events", "events --follow"},
    {"events", "events --after 120 --id 25050 --json"},
    {"holds", "holds"},
    {"holds", "holds RTCMEDSRV --json"},
    {"sessions", "sessions RTCMEDSRV --limit 20"},
    {"sessions", "sessions RTCMEDSRV --json"},
    {"blockers", "blockers RTCMEDSRV"},
    {"blockers", "blockers RTCMEDSRV --limit 1 --json"},
    {"metrics", "metrics"},
    {"metrics", "metrics limits --json"},
};

constexpr const char *kDrainOptions = "Drain options";  // the group's heading in the help; check_whole() finds the options by it

CLI::Validator duration_in(std::uint64_t &ns) {
  return {[&ns](std::string &text) -> std::string {
            const auto parsed = parse_duration(text);
            if (!parsed) return "\"" + text + "\" is not a duration such as 30s, 250ms, 5m, 1h30m or 1w";
            if (*parsed == 0) return std::string("must be more than 0");
            ns = *parsed;
            text = std::to_string(*parsed);
            return {};
          },
          "TIME"};
}

class Parser {
 public:
  explicit Parser(Arguments &arguments) : arguments_(arguments) {
    app_.formatter(make_help());
    app_.footer(kFooter);
    app_.set_version_flag("--version", TG_VERSION);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--host", arguments_.host, "the host's name; else $TIDEGATE_HOST, else the only one")->check(not_empty());
    app_.add_option("--socket", arguments_.socket, "path of the host's control socket")->check(not_empty());
    app_.add_option(
        "--user", arguments_.user,
        "the user who runs the host, by name or number; else $TIDEGATE_USER, else only your own and root's are believed")->check(not_empty());
    app_.add_flag("--json", arguments_.json, "print JSON, one object a line");

    add(hosts, "hosts",
        "List the hosts that run here, and what crashed ones and other users have left where hosts are looked for");

    add(services, "services", "List the services with status and activity")
        ->add_option("NAME", arguments_.services, "only these");

    add_waiting(add_change(start, "start", "Start services, those that are needed first, and wait until they run"));

    auto *stopping = add_change(stop, "stop", "Stop a service; with --graceful once its sessions have ended");
    stopping->add_flag("--graceful", arguments_.graceful, "refuse new sessions and wait for those in progress");
    add_drain(stopping);
    add_waiting(stopping);

    auto *draining = add_change(drain, "drain", "Pause services: refuse new sessions, wait for those in progress");
    add_drain(draining);
    add_hold(draining);
    add_waiting(draining);

    auto *pausing = add_change(pause, "pause", "The same without waiting for anything");
    add_drain(pausing);
    add_hold(pausing);

    auto *restarting =
        add_change(restart, "restart", "Stop services once their sessions have ended, then start them again");
    add_drain(restarting);
    add_waiting(restarting);

    auto *resuming = add_change(resume, "resume", "Lift your hold; admit sessions again when nobody else has one");
    resuming->add_flag("--all-holds", arguments_.all_holds, "lift everybody's holds; it is recorded who did");
    resuming->add_flag("--no-ramp", arguments_.no_ramp,
                       "admit up to the whole limit at once, and not up to one that grows");
    add_waiting(resuming);

    auto *waiting = add(wait, "wait", "Wait for services");
    add_services(waiting)->required();
    waiting->add_option("--until", arguments_.until, "drained, stopped or running")
        ->required()
        ->check(one_of({"drained", "stopped", "running"}));
    add_timeout(waiting);

    auto *listing = add(events, "events", "Show what happened");
    listing->add_flag("-f,--follow", arguments_.follow, "go on with what happens, until Ctrl-C");
    listing->add_option("--after", arguments_.after, "only events after this sequence number")
        ->check(whole_number(0, INT64_MAX))
        ->each([this](const std::string &) { arguments_.after_given = true; });
    listing
        ->add_option("--boot", arguments_.boot,
                     "the boot_id that --json shows beside that number: numbers begin anew when the host starts, so that "
                     "without it events of a new start can be missed")
        ->check(boot_id());
    listing->add_option("--id", arguments_.ids, "only events with this number, such as 25050; may be repeated")
        ->check(whole_number(0, UINT32_MAX));

    add(holds, "holds", "Show who holds services paused, and for how long")
        ->add_option("SERVICE", arguments_.services, "only these");

    add_plugins();
    auto *figures = add(metrics, "metrics", "Show the figures that plugins tell of themselves");
    figures->add_option("PLUGIN", arguments_.plugin, "only those of this one: its id, or the last part of it");

    add_list(sessions, "sessions", "Show the live sessions of a service", "this many at most (1,000)");
    add_list(blockers, "blockers", "Show who keeps a drain from completing, the most stubborn first",
             "this many at most (100)");
  }

  int run(int argc, char **argv) {
    try {
      app_.parse(argc, argv);
      check_whole();
      return written(chosen_(arguments_));
    } catch (const CLI::Success &asked) {  // for help, or the version
      return app_.exit(asked);
    } catch (const CLI::ParseError &error) {
      // The parser may have stopped before it came to --json.
      arguments_.json = arguments_.json ||
                        std::any_of(argv, argv + argc, [](const char *word) { return std::string_view(word) == "--json"; });
      return failed(Stop(kUsage, sentence_about(error, app_), TG_E_INVALID));
    } catch (const Stop &stop) {
      return failed(stop);
    } catch (const nlohmann::json::exception &) {
      return failed(
          Stop(kNoHost,
               "the host has answered with something that this command cannot read: it is no Tidegate host, or of "
               "another version"));
    } catch (const std::bad_alloc &) {
      return failed(Stop(kRefused, "there is no memory left", TG_E_NO_MEMORY));
    } catch (const std::exception &) {  // the text of another library does not help an operator
      return failed(Stop(kRefused, "something failed that should not; please report what you did", TG_E_SYSTEM));
    }
  }

 private:
  using Command = ExitCode (*)(const Arguments &);

  /// Prints the error: with --json as an object on standard output, else as a sentence on standard error. Returns: the exit code.
  int failed(const Stop &stop) const {
    const std::string sentence = tidegate::sdk::show_text(stop.what());
    if (arguments_.json) {
      const auto [code, number] = word_for(stop);
      print_json(Json{{"ok", false}, {"error", {{"code", code}, {"number", number}, {"text", sentence}}}});
      if (std::ferror(stdout) != 0) std::fprintf(stderr, "tidegate: %s\n", sentence.c_str());
    } else if (!sentence.empty()) {
      std::fprintf(stderr, "tidegate: %s\n", sentence.c_str());
    }
    return stop.code();
  }

  /// Returns the label and the number of an error for scripts: those of the host's answer, or else those of the exit code.
  static std::pair<std::string, int> word_for(const Stop &stop) {
    if (!stop.word().empty()) return {stop.word(), stop.number()};
    switch (stop.code()) {
      case kUsage: return {"usage", TG_E_INVALID};
      case kNoHost: return {"no-host", TG_E_NOT_FOUND};
      case kTimeout: return {"timeout", TG_E_TIMEOUT};
      case kEnded: return {"ended", TG_E_ENDED};
      case kHeld: return {"held", TG_E_HELD};
      case kDetached: return {"detached", TG_E_TIMEOUT};
      default: return {"failed", stop.number() != 0 ? stop.number() : TG_E_SYSTEM};
    }
  }

  /// Flushes the output. Returns: `code`. Throws Stop when the output could not be written, for example as the disk is full.
  static ExitCode written(ExitCode code) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    throw Stop(kRefused, "the output could not be written");
  }

  CLI::App *add(Command command, const char *name, const char *about) {
    return with_examples(app_.add_subcommand(name, about)->callback([this, command] { chosen_ = command; }));
  }
  /// Gives the help of a command its own examples instead of those of all commands.
  static CLI::App *with_examples(CLI::App *app) {
    std::string out = "\nExample:\n";
    for (const Example &example : kExamples)
      if (app->get_name() == example.command) out += std::string("  tidegate ") + example.line + "\n";
    app->footer(out + "\nDurations and exit codes: tidegate --help");
    return app;
  }
  /// Throws CLI::ValidationError for options that do not go together, or need each other, where CLI11 has no rule for that.
  void check_whole() const {
    if (!arguments_.boot.empty() && !arguments_.after_given)
      throw CLI::ValidationError("--boot goes with --after: it says which start of the host that number is of");
    // An operator who gives a drain option does not want the sessions to be cut.
    if (chosen_ == stop && !arguments_.graceful)
      for (const CLI::Option *option : app_.get_subcommands().at(0)->get_options())
        if (option->get_group() == kDrainOptions && option->count() != 0)
          throw CLI::ValidationError(option->get_name() +
                                     " goes with --graceful: without it a stop does not wait, it cuts the sessions left");
    if (!arguments_.at_deadline.empty() && arguments_.deadline_ns == 0)
      throw CLI::ValidationError("--at-deadline goes with --deadline: say when that is, such as --deadline 10m");
    if (!arguments_.announce && (arguments_.announce_max_ns != 0 || arguments_.quiet_ns != 0))
      throw CLI::ValidationError(std::string(arguments_.quiet_ns != 0 ? "--quiet" : "--announce-max") +
                                 " goes with --announce: add that, or leave it out");
    if (changes_ && arguments_.all != arguments_.services.empty())
      throw CLI::ValidationError(arguments_.all ? "name services, or say --all, not both"
                                                : "which service? name it, or say --all; `tidegate services` lists them");
    if (chosen_ == stop && !arguments_.graceful && (arguments_.all || arguments_.services.size() > 1))
      throw CLI::ValidationError(
          "without --graceful name one service: what it has in progress is cut at once; with it several may be "
          "named");
    if (!arguments_.except.empty() && !arguments_.all) throw CLI::ValidationError("--except goes with --all");
  }

  void add_plugins() {
    CLI::App *listing = app_.add_subcommand("plugins", "List the plugins; reload or reconfigure one");
    // CLI11 calls this after the callback of a subcommand.
    listing->callback([this, listing] {
      if (listing->get_subcommands().empty()) chosen_ = plugins;
    });
    listing->footer(kAboutPlugins);
    auto *reloading =
        add_plugin_change(listing, reload_plugin, "reload",
                          "Replace a plugin by the file that is at its path now; no admission is lost meanwhile");
    add_config(reloading, "its configuration from now on; without it that of the old one stays");
    auto *reconfiguring = add_plugin_change(listing, reconfigure_plugin, "reconfigure",
                                            "Give a running plugin another configuration; a later reload keeps to it");
    add_config(reconfiguring, "the whole of it, not only what changes")->required();
  }
  CLI::App *add_plugin_change(CLI::App *listing, Command command, const char *name, const char *about) {
    CLI::App *app = listing->add_subcommand(name, about)->callback([this, command] { chosen_ = command; });
    app->add_option("NAME", arguments_.plugin, "its id, or the last part of it: limits for org.tidegate.limits")
        ->required();
    add_timeout(app);
    app->footer(kAboutPlugins);
    return app;
  }
  CLI::Option *add_config(CLI::App *app, const char *about) {
    return app->add_option("--config", arguments_.config,
                           std::string(about) + "; JSON, or @FILE, or @- for standard input");
  }

  CLI::App *add_change(Command command, const char *name, const char *about) {
    CLI::App *app =
        with_examples(app_.add_subcommand(name, about)->callback([this, command] { chosen_ = command, changes_ = true; }));
    add_services(app);
    app->add_flag("--all", arguments_.all, "all services of the host");
    app->add_option("--except", arguments_.except, "with --all: but not this one; may be repeated")
        ->allow_extra_args(false);
    app->add_option("--reason", arguments_.reason, "why, in at most 127 bytes; ends up in the events");
    app->add_option("--actor", arguments_.actor,
                    "who asks, in at most 63 bytes; default: the person that you are, also when you use sudo")
        ->check(not_empty());
    return app;
  }
  CLI::Option *add_services(CLI::App *app) {
    return app->add_option("SERVICE", arguments_.services, "its name; or several");
  }
  void add_list(Command command, const char *name, const char *about, const char *limit) {
    CLI::App *app = add(command, name, about);
    app->add_option("SERVICE", arguments_.services, "its name")->required()->expected(1);
    app->add_option("--limit", arguments_.limit, limit)->check(whole_number(1, 10000));
  }
  CLI::Option *add_duration(CLI::App *app, const char *name, std::string &as_text, std::uint64_t &ns, const char *about) {
    return app->add_option(name, as_text, about)->transform(duration_in(ns));
  }
  void add_timeout(CLI::App *app) {
    add_duration(app, "--timeout", texts_[0], arguments_.timeout_ns, "give up waiting after so long, in all");
  }
  void add_waiting(CLI::App *app) {
    auto *no_wait = app->add_flag("--no-wait", arguments_.no_wait, "come back at once; it goes on without you");
    add_timeout(app);
    app->get_option("--timeout")->excludes(no_wait);
  }
  void add_drain(CLI::App *app) {
    app->option_defaults()->group(kDrainOptions);
    add_duration(app, "--deadline", texts_[1], arguments_.deadline_ns,
                 "then do what --at-deadline says with the sessions left; without it there is no limit");
    app->add_option(
           "--at-deadline", arguments_.at_deadline,
           "with --deadline; force: tell them to close (default); wait: let them stay; resume: call the drain off; "
           "stop: stop now")
        ->check(one_of({"force", "wait", "resume", "stop"}));
    add_duration(app, "--kill-grace", texts_[2], arguments_.kill_grace_ns,
                 "time they have to close before the service is Failed (5s)");
    app->add_flag("--announce", arguments_.announce,
                  "first only say not-ready, and shut when no new session has come for a while");
    add_duration(app, "--announce-max", texts_[3], arguments_.announce_max_ns, "announced for so long at most (15s)");
    add_duration(app, "--quiet", texts_[4], arguments_.quiet_ns, "announced until no session has come for so long (2s)");
    add_duration(app, "--notice-window", texts_[5], arguments_.notice_window_ns,
                 "ask sessions to go one after another over so long (a quarter of the deadline, at most 30s)");
    app->add_flag("--affinity", arguments_.affinity, "admit sessions whose affinity key has a live session");
    app->add_flag("--emergency", arguments_.emergency, "admit emergency sessions until it is drained");
    app->add_option("--redirect", arguments_.redirect, "where the refused are sent, such as sip:other@example.org")
        ->check(not_empty());
    app->add_flag("--replace", arguments_.replace, "take the place of the drain in progress, also of a stricter one");
    app->option_defaults()->group("Options");
  }
  void add_hold(CLI::App *app) {
    auto *hold_for = add_duration(app, "--hold-for", texts_[6], arguments_.hold_for_ns,
                                  "your hold expires after so long; else it stays until you resume, also after a restart");
    app->add_flag("--until-restart", arguments_.until_restart, "your hold ends when the service stops")->excludes(hold_for);
  }

  Arguments &arguments_;
  CLI::App app_{kAbout, "tidegate"};
  Command chosen_ = nullptr;
  bool changes_ = false;              // a command that changes services
  std::array<std::string, 7> texts_;  // durations as they were typed
};

}  // namespace

int main(int argc, char **argv) {
  Arguments arguments;
  return Parser(arguments).run(argc, argv);
}
