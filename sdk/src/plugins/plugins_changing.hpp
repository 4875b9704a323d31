#pragma once

#include <string>

#include "plugins/plugins.hpp"

namespace tidegate::sdk {

/// Registers a change as in progress while the object lives.
class Plugins::Changing {
 public:
  Changing(Plugins &plugins, const char *doing, const std::string &what, const PluginOptions &options) : plugins_(plugins) {
    Change change{doing, what, plugins.host_.clock().monotonic(), options.others_hang_after(), false, {}};
    {
      const std::lock_guard lock(plugins.mu_);
      plugins.change_ = std::move(change);
    }
    plugins.host_.ring_for_faults();  // the steward has something to look after
  }
  ~Changing() {
    const std::lock_guard lock(plugins_.mu_);
    plugins_.change_.reset();
  }
  Changing(const Changing &) = delete;
  Changing &operator=(const Changing &) = delete;

 private:
  Plugins &plugins_;
};

}  // namespace tidegate::sdk
