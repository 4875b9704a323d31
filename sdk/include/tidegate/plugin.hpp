// A plugin is a class. Its members decide which roles it fills. No exception from it reaches the host.
//
//     class Night : public tidegate::plugin::Plugin {
//      public:
//       using Plugin::Plugin;
//       void ask(const Query &query, Answer &answer) {
//         if (query.tag() % 2 != 0) answer.refuse("odd sessions come at night");
//       }
//     };
//     TIDEGATE_PLUGIN(Night, "com.example.night", "1");
//
//   | role         | members                                                                                      |
//   |--------------|----------------------------------------------------------------------------------------------|
//   | all          | constructor (HostView, std::string_view config), destructor, start(), stop()                 |
//   | admission    | ask(const Query &, Answer &), cancelled(const Query &), released(const Query &),             |
//   |              | adopt(const Query &, Answer &); static constexpr bool asks_child, cookies;                   |
//   |              | static constexpr std::uint32_t priority                                                      |
//   | event sink   | take(const tg_event &)                                                                       |
//   | lifecycle    | before_start, started, drain_started, progress, drained, stopping, stopped, each of          |
//   |              | (const tg_lifecycle_step &); before_start and stopping return nothing or a tg_result         |
//   | config       | static constexpr std::string_view schema; reconfigure(std::string_view config)               |
//   | metrics      | collect(Metrics &)                                                                           |
//   | others       | static constexpr std::string_view more_roles; const void *extension(std::string_view role)   |
//
// `static constexpr bool may_unmap = true` declares TG_NOTE_MAY_UNMAP (tidegate/plugin_note.h). Without this promise the file stays mapped when
// the plugin is unloaded.
//
// An exception in the constructor, start, reconfigure or before_start fails the call, and its text is the sentence. Anywhere else it is a
// fault of the plugin; ask and adopt then abstain. Each member is called on the threads of the ABI's function with the same name.
#pragma once

#include <stdexcept>
#include <string_view>

#include "tidegate/plugin.h"
#include "tidegate/plugin/entry.hpp"
#include "tidegate/plugin/note.hpp"

namespace tidegate::plugin {

/// The base of a plugin's class. It is neither copied nor moved.
class Plugin {
 public:
  using HostView = plugin::HostView;
  using Query = plugin::Query;
  using Answer = plugin::Answer;
  using LastingText = plugin::LastingText;
  using Metrics = plugin::Metrics;

  /// For a plugin that reads its configuration itself.
  explicit Plugin(HostView host) : host_(host) {}
  /// For a plugin without a configuration: a configuration that is not empty is an error with a sentence.
  Plugin(HostView host, std::string_view config) : host_(host) {
    for (const char c : config)
      if (std::string_view("{} \t\r\n").find(c) == std::string_view::npos)
        throw std::invalid_argument("this plugin takes no configuration");
  }
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  const HostView &host() const { return host_; }

 protected:
  ~Plugin() = default;

 private:
  HostView host_;
};

}  // namespace tidegate::plugin

/// Declares the plugin: its note and its entry. Use it once, at the end of one of the plugin's files. `id`, a reverse domain name, and
/// `version` are text literals. A host older than `static constexpr std::uint32_t min_host_abi` of the class, or without that than plugin
/// ABI 0.9, refuses the plugin.
#define TIDEGATE_PLUGIN(type, id, version)                                                                        \
  static constexpr auto tidegate_note __attribute__((used, section(TG_NOTE_SECTION), aligned(4))) TG_NOTE_BARE_ = \
      ::tidegate::plugin::note<type>(id, version);                                                                  \
  TG_PLUGIN_ENTRY = ::tidegate::plugin::Entry<type>::table(id, version)
