// A schema of a plugin and a configuration, with a zero byte between the two: it is taken, or refused with a sentence on one line, and
// checking ends (P10).
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "config/config_schema.hpp"
#include "os/fault.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char *>(data), size);
  const std::size_t zero = all.find('\0');
  const std::string_view schema = all.substr(0, zero), config = zero == std::string_view::npos ? "{}" : all.substr(zero + 1);
  try {
    tidegate::sdk::check_config("org.example.p", schema, config);
  } catch (const tidegate::sdk::Fault &fault) {
    if (std::strlen(fault.what()) < 20 || std::strpbrk(fault.what(), "\r\n\x1b") != nullptr) std::abort();
  }
  return 0;
}
