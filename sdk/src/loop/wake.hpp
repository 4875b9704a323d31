#pragma once

namespace tidegate::sdk {

/// Wakes one thread, or one loop that watches fd(). Threads: ring() any and never blocks; the other functions the woken thread.
class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake &) = delete;
  Wake &operator=(const Wake &) = delete;

  int fd() const { return fd_; }
  void ring() const;
  /// Forgets the rings so far.
  void clear() const;
  /// Waits for a ring, then forgets it.
  void wait() const;

 private:
  int fd_;
};

}  // namespace tidegate::sdk
