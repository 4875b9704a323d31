#include "control/jobs.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "control/quiet_thread.hpp"
#include "tidegate/error.hpp"

namespace tidegate::control {

Jobs::~Jobs() {
  for (Running &each : running_) each.thread.join();
}

std::shared_ptr<const Job> Jobs::begin(Kind kind, std::function<std::string()> work) {
  forget_done();
  const auto running_now = static_cast<std::size_t>(std::ranges::count(running_, kind, &Running::kind));
  if (kind == Kind::plugin && running_now >= kMost)
    throw Error(TG_E_BUSY, std::to_string(kMost) +
                               " changes of plugins are in progress already, and this one has not begun; "
                               "`tidegate plugins` shows which plugin is in the way");
  if (kind == Kind::change && running_now >= kMostChanges)
    throw Error(TG_E_BUSY, std::to_string(kMostChanges) +
                               " changes of services wait for the disk of the state directory already, and this one has not begun; "
                               "look at that disk");
  const auto job = std::make_shared<Job>();
  Running &running = running_.emplace_back(Running{kind, job, {}});
  try {
    running.thread = quiet_thread(kind == Kind::plugin ? "tg-plugins" : "tg-changes", [this, job, work = std::move(work)] {
      job->answer_ = work();
      job->done_.store(true, std::memory_order_release);
      done_();
      const std::lock_guard lock(ended_.mu);
      ended_.come.notify_all();
    });
  } catch (...) {
    running_.pop_back();
    throw;
  }
  return job;
}

bool Jobs::wait(std::uint64_t bound_ns) {
  std::unique_lock lock(ended_.mu);
  return ended_.come.wait_for(lock, std::chrono::nanoseconds(bound_ns), [this] {
    return std::ranges::all_of(running_, [](const Running &each) { return each.job->answer() != nullptr; });
  });
}

void Jobs::forget_done() {
  std::erase_if(running_, [](Running &each) {
    if (each.job->answer() == nullptr) return false;
    each.thread.join();
    return true;
  });
}

}  // namespace tidegate::control
