#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidegate::model {

/// What the machine cannot know, and the model must try in all ways: each pick() inside a step has several answers. A step
/// is made again and again, each time on the next path, until next() says that all have been taken.
class Choices {
 public:
  /// Returns: 0 to options - 1. The first path takes 0 everywhere, which stands for "nothing happens here".
  unsigned pick(unsigned options) {
    if (at_ == path_.size()) path_.push_back({0, options});
    return path_[at_++].taken;
  }

  /// Goes to the next path. Returns: false when there is none, and the first is next.
  bool next() {
    while (!path_.empty() && path_.back().taken + 1 == path_.back().options) path_.pop_back();
    at_ = 0;
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }

  bool is_first() const {
    for (const Pick &pick : path_)
      if (pick.taken != 0) return false;
    return true;
  }

 private:
  struct Pick {
    unsigned taken, options;
  };
  std::vector<Pick> path_;
  std::size_t at_ = 0;
};

}  // namespace tidegate::model
