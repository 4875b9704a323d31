#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal_record.hpp"
#include "os/descriptor.hpp"
#include "os/process_lock.hpp"

namespace tidegate::sdk {

using os::Descriptor;

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
  /// The position of a record that was lost for lack of memory: sync() returns false for it.
  static constexpr Position kLost = UINT64_MAX;
  /// A file below this size is not written anew for its size.
  static constexpr std::uint64_t kSmall = 1 << 20;

  /// Makes `directory` with mode 0700 if it is missing; its parent must exist. The contents of the file never make the constructor fail.
  /// Throws Fault: TG_E_INVALID when the path is not absolute; TG_E_EXISTS when another host uses the directory; TG_E_SYSTEM when the
  /// directory or the file in it cannot be used.
  explicit Journal(std::string directory, std::uint64_t small = kSmall);
  Journal(const Journal &) = delete;
  Journal &operator=(const Journal &) = delete;

  /// Returns the last whole record of each service, by name; `expires` of its holds is kNever.
  const std::vector<Kept> &recovered() const { return recovered_; }
  /// Returns the number of bytes at the end of the file that were not a whole record.
  std::uint64_t cut() const { return cut_; }

  /// Makes room for a service, so that its first append() needs no memory.
  void expect(std::string_view service);
  /// Writes the snapshot to the file, where it survives a crash of this process; after sync() it survives a crash of the system.
  Position append(const Kept &kept) noexcept;
  /// Waits until all records up to `position` are on the disk; one wait serves all threads. Writes the file anew when it has grown or when
  /// a write has failed. Returns: false when the records are not on the disk.
  bool sync(Position position) noexcept;
  /// Checks that the directory, its lock and the file are still in their places, and makes them again: a cleaner of temporary files may
  /// have removed them, and another host could take the directory. Returns: false when they cannot be made; nothing is durable then.
  bool keep_place() noexcept;
  /// Returns: whether an appended record is not in the file, or the disk has refused a write or a sync. Both end with the next append() or
  /// sync() that succeeds.
  bool broken() const;

 private:
  struct Slot {
    Kept kept;
    Position number = 0;  // number of the append; 0: the snapshot was recovered, or there is none yet
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
  const std::string path_;  // path of the directory
  // Written by the constructor and under syncing_:
  Descriptor directory_;
  os::ProcessLock lock_;
  std::vector<Kept> recovered_;
  std::uint64_t cut_ = 0;

  /// Held by the one thread that syncs or writes the file anew; taken before mu_. Only its holder closes a file.
  std::mutex syncing_;
  Position durable_ = 0;  // guarded by syncing_: records up to this one are on the disk

  /// Held for writes into the system's memory, never over a wait for the disk.
  mutable std::mutex mu_;
  // guarded by mu_:
  std::map<std::string, Slot, std::less<>> slots_;  // by name of the service
  Descriptor file_;
  std::uint64_t end_ = 0;     // end of the last whole record in the file
  std::uint64_t rewrite_at_;  // size from which on the file is written anew
  Position appended_ = 0;     // number of the last append
  Position written_ = 0;      // records up to this one are in the file
  bool torn_ = false;         // the file has bytes beyond end_
  bool suspect_ = false;      // the disk may not have the contents of the file: only a new file makes records durable
};

}  // namespace tidegate::sdk
