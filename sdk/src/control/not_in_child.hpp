#pragma once

namespace tidegate::control {

/// Closes a descriptor in each forked child of the server. Otherwise the child would keep the socket open after a crash of the server, and
/// clients would wait for an answer that never comes instead of seeing that the server has ended. Close-on-exec is not enough for a child
/// that calls no exec. In the server itself the owner closes the descriptor, after forget(). Threads: any.
class NotInChild {
 public:
  explicit NotInChild(int fd);
  ~NotInChild() { forget(); }
  NotInChild(const NotInChild &) = delete;
  NotInChild &operator=(const NotInChild &) = delete;

  /// Ends this: children keep a descriptor of this number again, which may soon belong to another file.
  void forget();

 private:
  int slot_ = -1;  // -1: no slot was free, or forget() was called; children keep the descriptor
};

}  // namespace tidegate::control
