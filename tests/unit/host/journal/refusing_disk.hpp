#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <vector>

namespace tidegate::sdk {

/// The disk as the tests want it: the journal calls the functions in refusing_disk.cpp, not those of the C library.
enum Refused : unsigned { kNothing = 0, kData = 1, kFiles = 2, kDirectories = 4, kCuts = 8 };
extern std::atomic<unsigned> refused_calls;
extern std::atomic<int> syncs_of_data;
extern std::atomic<int> syncs_of_files;
extern std::vector<ino_t> synced_directories;
extern std::atomic<int> renames;
extern std::atomic<int> renames_too_early;  // of what was not on the disk yet
extern std::function<void()> before_sync;   // once
extern std::atomic<bool> disk_hangs;        // data and files are not on the disk before it is false again; then notify_all()

}  // namespace tidegate::sdk
