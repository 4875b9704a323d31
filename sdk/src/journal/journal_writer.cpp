#include "journal/journal_writer.hpp"

#include <pthread.h>

#include <chrono>
#include <new>
#include <system_error>

#include "os/fault.hpp"
#include "os/quiet_signals.hpp"

namespace tidegate::sdk {

JournalWriter::JournalWriter(Journal &journal) : journal_(journal) {
  const QuietSignals quiet;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error &error) {
    throw no_thread("tg-journal", error.code().value());
  }
  pthread_setname_np(thread_.native_handle(), "tg-journal");
}

JournalWriter::~JournalWriter() { stop(kNever); }

void JournalWriter::expect(std::string_view service) {
  const std::lock_guard lock(mu_);
  slots_.try_emplace(std::string(service));
  journal_.expect(service);
}

JournalWriter::Position JournalWriter::append(const Kept &kept) noexcept {
  const std::lock_guard lock(mu_);
  const Position number = ++appended_;
  try {
    auto found = slots_.find(kept.service.view());
    if (found == slots_.end()) found = slots_.try_emplace(std::string(kept.service.view())).first;
    found->second = {kept, number};
  } catch (const std::bad_alloc &) {
    lost_ = number;
  }
  work_.notify_one();
  return number;
}

bool JournalWriter::wait(Position position) noexcept {
  std::unique_lock lock(mu_);
  const std::uint64_t before = let_go_;
  ++waiting_;
  done_.wait(lock, [&] { return tried_ >= position || ended_ || let_go_ != before; });
  --waiting_;
  const bool durable = durable_ >= position && lost_ != position;
  if (waiting_ == 0 && stopping_) done_.notify_all();
  return durable;
}

void JournalWriter::let_go() noexcept {
  const std::lock_guard lock(mu_);
  ++let_go_;
  done_.notify_all();
}

/// Returns the snapshot with the lowest number above `given`, or nullptr. Under mu_.
const JournalWriter::Slot *JournalWriter::first_after(Position given) const {
  const Slot *first = nullptr;
  for (const auto &[name, slot] : slots_)
    if (slot.number > given && (first == nullptr || slot.number < first->number)) first = &slot;
  return first;
}

void JournalWriter::run() {
  constexpr std::chrono::seconds kRetry{1}, kLook{5};
  Position given = 0;               // number of the last snapshot that was given to the journal
  Journal::Position last_record = 0;  // the journal's position of it
  bool was_broken = false;
  std::unique_lock lock(mu_);
  while (true) {
    const auto due = [&] { return appended_ > tried_ || stopping_; };
    const bool has_work = work_.wait_for(lock, was_broken ? kRetry : kLook, due);
    if (stopping_ && appended_ == tried_) break;
    if (!has_work && !was_broken) {
      lock.unlock();
      was_broken = !journal_.keep_place();
      if (was_broken && changed_) changed_(true);
      lock.lock();
      continue;
    }
    Journal::Position last = 0;
    // Each snapshot is copied, so that append() can take the lock while the disk is written to. The loop ends when the newest snapshot of
    // every service is written; a snapshot that has replaced another one stands for both.
    while (const Slot *const slot = first_after(given)) {
      given = slot->number;
      const Kept kept = slot->kept;
      lock.unlock();
      last = journal_.append(kept);
      lock.lock();
    }
    const Position upto = given = appended_;
    lock.unlock();
    if (last != 0) last_record = last;
    const bool durable = journal_.sync(last_record);
    if (durable == was_broken && changed_) changed_(!durable);
    lock.lock();
    was_broken = !durable;
    tried_ = upto;
    if (durable) durable_ = upto;
    done_.notify_all();
  }
  ended_ = true;
  done_.notify_all();
}

bool JournalWriter::stop(Nanos bound) {
  if (!thread_.joinable()) return true;
  std::unique_lock lock(mu_);
  stopping_ = true;
  work_.notify_all();
  const auto ended = [this] { return ended_ && waiting_ == 0; };
  if (bound == kNever)
    done_.wait(lock, ended);
  else if (!done_.wait_for(lock, std::chrono::nanoseconds(bound), ended)) {
    ++let_go_;
    done_.notify_all();
    thread_.detach();
    return false;
  }
  lock.unlock();
  thread_.join();
  return true;
}

}  // namespace tidegate::sdk
