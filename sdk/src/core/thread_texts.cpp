#include "core/thread_texts.hpp"

#include <pthread.h>

#include <new>

namespace tidegate::sdk {
namespace {

thread_local ThreadTexts *own = nullptr;

/// Frees the texts when a thread ends. The library is never unmapped, so the destructor of the key stays valid.
class Key {
 public:
  Key() noexcept : made_(pthread_key_create(&key_, at_end) == 0) {}
  Key(const Key &) = delete;
  Key &operator=(const Key &) = delete;

  /// Sets the texts of this thread. Returns: false when they would not be freed at its end.
  bool set(ThreadTexts *texts) const noexcept { return made_ && pthread_setspecific(key_, texts) == 0; }

 private:
  /// A later destructor of the thread may need texts again: it gets new memory, and the C library calls this function once more.
  static void at_end(void *texts) {
    own = nullptr;
    delete static_cast<ThreadTexts *>(texts);
  }

  pthread_key_t key_{};
  const bool made_;
};

}  // namespace

ThreadTexts *ThreadTexts::get() noexcept {
  if (own != nullptr) [[likely]]
    return own;
  static const Key key;  // never deleted, as threads may still run at exit
  auto *made = new (std::nothrow) ThreadTexts;
  if (made == nullptr) return nullptr;
  if (!key.set(made)) {
    delete made;
    return nullptr;
  }
  return own = made;
}

const ThreadTexts *ThreadTexts::find() noexcept { return own; }

}  // namespace tidegate::sdk
