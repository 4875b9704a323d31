#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "measure.hpp"
#include "server.hpp"
#include "spread.hpp"

namespace tidegate::bench {

/// A bell that one thread rings and another waits for.
class Bell {
 public:
  Bell() : fd_(eventfd(0, EFD_CLOEXEC)) {}
  ~Bell() { close(fd_); }
  void ring() const {
    const std::uint64_t one = 1;
    must(write(fd_, &one, sizeof one) == sizeof one ? TG_OK : TG_E_SYSTEM, "write");
  }
  void wait() const {
    std::uint64_t rings = 0;
    must(read(fd_, &rings, sizeof rings) == sizeof rings ? TG_OK : TG_E_SYSTEM, "read");
  }

 private:
  const int fd_;
};

/// A thread that waits for a bell, does something, and rings another bell.
class Partner {
 public:
  template <class F>
  explicit Partner(F act)
      : thread_([this, act] {
          for (go_.wait(); !stop_; go_.wait()) {
            act(at_);
            done_.ring();
          }
        }) {}
  ~Partner() {
    stop_ = true;
    go_.ring();
    thread_.join();
  }
  void go() const { go_.ring(); }
  void wait() const { done_.wait(); }
  double at() const { return at_; }  ///< when it came to what it waited for

 private:
  Bell go_, done_;
  std::atomic<bool> stop_{false};
  double at_ = 0;
  std::thread thread_;
};

/// Returns a side that measures `what` kSamples times in each round and has their median; every sample is appended to `all`.
inline constexpr unsigned kSamples = 40;
template <class F>
Side latency(const char *name, std::vector<double> &all, F what) {
  return {name, [&all, what](unsigned) {
            std::vector<double> samples;
            for (unsigned i = 0; i < kSamples; ++i) samples.push_back(what());
            all.insert(all.end(), samples.begin(), samples.end());
            return quantile(samples, 0.5);
          }};
}

}  // namespace tidegate::bench
