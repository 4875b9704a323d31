#pragma once

namespace tidegate::control {

/// A descriptor that a forked child of the host does not keep: it would keep the socket alive after the host has crashed,
/// so that clients wait for an answer that never comes, and keep clients from seeing that the host has ended.
/// (Close-on-exec acts too late for a child that calls no exec.) The descriptor itself is the owner's to close, after
/// forget(). Threads: any.
class NotInChild {
 public:
  explicit NotInChild(int fd);
  ~NotInChild() { forget(); }
  NotInChild(const NotInChild &) = delete;
  NotInChild &operator=(const NotInChild &) = delete;

  /// From here on a child keeps the descriptor, whatever that is then.
  void forget();

 private:
  int slot_ = -1;  // -1: there was no room, and the child keeps it
};

}  // namespace tidegate::control
