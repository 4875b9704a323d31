#include "plugin_file/sha256.hpp"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::size_t kChunk = 1u << 18;

}  // namespace

std::string sha256_of(int fd, const std::string &path) {
  sha256_ctx context;
  sha256_init(&context);
  std::vector<std::uint8_t> chunk(kChunk);
  for (off_t at = 0;;) {
    const ssize_t got = pread(fd, chunk.data(), chunk.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_fault("plugin " + path + " cannot be read", errno);
    if (got == 0) break;
    sha256_update(&context, static_cast<std::size_t>(got), chunk.data());
    at += got;
  }
  std::uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&context, sizeof digest, digest);
  std::string out(BASE16_ENCODE_LENGTH(sizeof digest), '\0');
  base16_encode_update(out.data(), sizeof digest, digest);
  return out;
}

}  // namespace tidegate::sdk
