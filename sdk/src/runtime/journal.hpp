#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal_record.hpp"
#include "reach/descriptor.hpp"
#include "reach/process_lock.hpp"

namespace tidegate::sdk {

using reach::Descriptor;

/// Keeps the last snapshot of each service over a crash, in a directory that one host at a time uses.
///
/// The file `journal` is a sequence of records, and the last whole record of a service counts. A change is appended. From time to time the
/// whole file is written anew as `journal.new`, without superseded records, and replaces the old file in one step: whenever the process
/// is killed, the file has every record for which sync() returned true. The next constructor cuts off a record that a kill or a power
/// cut left half written, and keeps the damaged file as `journal.damaged`.
///
/// A failed write is taken back, and its record is written before the next one; sync() also tries again, in a new file.
///
/// Threads: append() under the host's control lock, so that the records have the order of the changes, and without a wait for the disk;
/// sync() any, without that lock, as it waits; expect() and broken() any; all other members are constant.
class Journal {
 public:
  /// The number of an append; 0 is before the first.
  using Position = std::uint64_t;
  /// The position of a record that there was no memory for: sync() says false.
  static constexpr Position kLost = UINT64_MAX;
  /// A file below this size is not written anew, whatever it holds.
  static constexpr std::uint64_t kSmall = 1 << 20;

  /// `directory`, absolute, is made if it is missing, with mode 0700; its parent must exist. What the file holds never
  /// makes this fail. A directory that cannot be used, or in which `journal` is something else than a file, throws Fault:
  /// TG_E_EXISTS when another host has it, TG_E_INVALID when it is no absolute path, else TG_E_SYSTEM.
  explicit Journal(std::string directory, std::uint64_t small = kSmall);
  Journal(const Journal &) = delete;
  Journal &operator=(const Journal &) = delete;

  /// The last whole record of each service, by name; `expires` of its holds is kNever.
  const std::vector<Kept> &recovered() const { return recovered_; }
  /// How many bytes at the end of the file were no whole record.
  std::uint64_t cut() const { return cut_; }

  /// Makes room for a service: without it, its first append() needs memory.
  void expect(std::string_view service);
  /// Writes the snapshot to the file, where it outlives this process; only after sync() it outlives the system.
  Position append(const Kept &kept) noexcept;
  /// Waits until all up to `position` is on the disk, in one go for all threads that wait. Also where the file is written
  /// anew when it has grown. Returns: false when it is not there, but at most in the memory of this process.
  bool sync(Position position) noexcept;
  /// Looks whether the directory, its lock and the file are still in their places, and makes them again: a cleaner of temporary files may
  /// have removed them, and another host could take the directory. Returns: false when that cannot be done; nothing is durable then.
  bool keep_place() noexcept;
  /// Whether something that was appended is not in the file, or the disk has refused what would make it last. Both end with
  /// the next append() or sync() that succeeds.
  bool broken() const;

 private:
  struct Slot {
    Kept kept;
    Position number = 0;  // of the append that said so; 0: it was recovered, or nothing has been said yet
  };

  void load(const std::string &path);
  std::uint64_t read_whole(int fd);
  void keep_damaged() const;
  Slot *slot_of(std::string_view service) noexcept;
  bool wants_rewrite() const;
  bool is_in_place() const;
  bool take_place() noexcept;
  bool rewrite() noexcept;
  bool write_newer(int fd, Position than, std::uint64_t &end) const;
  void mend();

  const std::uint64_t small_;
  const std::string path_;  // of the directory
  // Written by the constructor and under syncing_:
  Descriptor directory_;
  reach::ProcessLock lock_;
  std::vector<Kept> recovered_;
  std::uint64_t cut_ = 0;

  /// Held by the one thread that syncs or writes the file anew; taken before mu_. Only its holder closes a file.
  std::mutex syncing_;
  Position durable_ = 0;  // guarded by syncing_: on the disk up to here

  /// Held for writes into the system's memory, never over a wait for the disk.
  mutable std::mutex mu_;
  // guarded by mu_:
  std::map<std::string, Slot, std::less<>> slots_;  // by name of the service
  Descriptor file_;
  std::uint64_t end_ = 0;     // of the last whole record in the file
  std::uint64_t rewrite_at_;  // size of the file
  Position appended_ = 0;     // the last
  Position written_ = 0;      // in the file up to here
  bool torn_ = false;         // there is something in the file beyond end_
  bool suspect_ = false;      // the file may not be what the disk has: only a new one makes anything durable
};

}  // namespace tidegate::sdk
