#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "runtime/fault.hpp"
#include "tidegate/base.h"

namespace tidegate::sdk::api {

inline constexpr std::uint32_t kStructHead = 8;             // struct_size and abi
inline constexpr std::uint32_t kLargestStruct = 64 * 1024;  // no struct of any version comes near; larger is garbage

/// True when the bytes of `in` beyond what this library knows are all zero.
template <class T>
bool known(const T &in) {
  const auto *bytes = reinterpret_cast<const unsigned char *>(&in);
  return std::all_of(bytes + sizeof(T), bytes + in.struct_size, [](unsigned char byte) { return byte == 0; });
}

/// Copies a struct of the caller's version into ours: what it does not have is zero.
/// Returns: TG_OK, or why it cannot be read.
template <class T>
tg_result read_struct(const T *in, T &out) {
  if (in->struct_size < kStructHead || in->struct_size > kLargestStruct) return TG_E_INVALID;
  if (in->struct_size > sizeof(T) && !known(*in)) return TG_E_TOO_NEW;
  std::memcpy(&out, in, std::min<std::size_t>(in->struct_size, sizeof(T)));
  return TG_OK;
}

/// The options given, or all zero for NULL. Throws Fault.
template <class T>
T options(const T *in, const char *what) {
  T out = TG_INIT(T);
  if (in == nullptr) return out;
  switch (read_struct(in, out)) {
    case TG_OK: return out;
    case TG_E_TOO_NEW:
      throw Fault(TG_E_TOO_NEW, std::string(what) +
                                    ": a part that only a later version of Tidegate knows is set; this is " + TG_VERSION +
                                    ": update it, or leave that part zero");
    default: throw Fault(TG_E_INVALID, std::string(what) + ": struct_size is not set; make the struct with TG_INIT");
  }
}

/// Writes as much of `value` as the caller's struct has room for. Returns: false when its struct_size is not set.
template <class T>
bool write_struct(T *out, const T &value) {
  if (out->struct_size < kStructHead || out->struct_size > kLargestStruct) return false;
  const std::size_t size = std::min<std::size_t>(out->struct_size, sizeof(T));
  std::memcpy(reinterpret_cast<char *>(out) + kStructHead, reinterpret_cast<const char *>(&value) + kStructHead,
              size - kStructHead);
  return true;
}

/// A text from outside. Throws Fault when it cannot be one.
inline std::string text(tg_str in, const char *what, std::uint64_t longest = 4096) {
  if (in.len == 0) return {};
  if (in.ptr == nullptr || in.len > longest)
    throw Fault(TG_E_INVALID, std::string(what) + ": not a text of at most " + std::to_string(longest) + " bytes");
  return {in.ptr, static_cast<std::size_t>(in.len)};
}

/// For the fields named reserved.
inline void check_zero(std::uint32_t reserved, const char *what) {
  if (reserved != 0) throw Fault(TG_E_TOO_NEW, std::string(what) + ": a reserved part is not zero");
}

}  // namespace tidegate::sdk::api
