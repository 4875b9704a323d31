#include "core/thread_texts.hpp"

#include <pthread.h>

#include <new>

namespace tidegate::sdk {
namespace {

thread_local ThreadTexts *own = nullptr;

/// Tells when a thread ends. The library is never unmapped, so that the function which is called then stays.
class Key {
 public:
  Key() noexcept : made_(pthread_key_create(&key_, at_end) == 0) {}
  Key(const Key &) = delete;
  Key &operator=(const Key &) = delete;

  /// Returns: false when nothing would be given back.
  bool set(ThreadTexts *texts) const noexcept { return made_ && pthread_setspecific(key_, texts) == 0; }

 private:
  /// A later destructor of the thread may fail too: it gets new memory, and the C library calls this again.
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
  static const Key key;  // not deleted at exit: threads may be running still
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
