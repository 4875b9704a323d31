#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "core/fixed_text.hpp"
#include "os/fault.hpp"
#include "tidegate/base.h"

namespace tidegate::sdk::api {

inline constexpr std::uint32_t kStructHead = 8;             // struct_size and abi
inline constexpr std::uint32_t kLargestStruct = 64 * 1024;  // no struct of any version comes near; larger is garbage

/// Returns: whether the bytes of `in` after the members that this library knows are all zero.
template <class T>
bool known(const T &in) {
  const auto *bytes = reinterpret_cast<const unsigned char *>(&in);
  return std::all_of(bytes + sizeof(T), bytes + in.struct_size, [](unsigned char byte) { return byte == 0; });
}

/// Checks the head of a struct. It must have the same major version; an `abi` of 0 states no version.
/// Returns: TG_OK, TG_E_INVALID without a size, or TG_E_TOO_NEW for another major version.
template <class T>
tg_result check_head(const T &it) {
  if (it.struct_size < kStructHead || it.struct_size > kLargestStruct) return TG_E_INVALID;
  return it.abi == 0 || TG_ABI_MAJOR(it.abi) == TG_ABI_MAJOR(TG_EMBED_ABI) ? TG_OK : TG_E_TOO_NEW;
}

/// Copies a struct of the caller's version into `out`. Members that the caller's version does not have keep the values of `out`, so the
/// caller of this function initialises it. Returns: TG_OK; TG_E_TOO_NEW when an unknown member is set; or the error of check_head().
template <class T>
tg_result read_struct(const T *in, T &out) {
  if (const tg_result head = check_head(*in); head != TG_OK) return head;
  if (in->struct_size > sizeof(T) && !known(*in)) return TG_E_TOO_NEW;
  std::memcpy(&out, in, std::min<std::size_t>(in->struct_size, sizeof(T)));
  return TG_OK;
}

/// Copies an event of the caller's version into `out`. Members that the caller's version does not have are zero; members that this
/// library does not know are ignored, even when they are set.
template <class T>
tg_result read_event(const T *in, T &out) {
  if (const tg_result head = check_head(*in); head != TG_OK) return head;
  out = T{};
  std::memcpy(&out, in, std::min<std::size_t>(in->struct_size, sizeof(T)));
  return TG_OK;
}

/// Returns the sentence for an error of check_head() or read_struct(). `what`: the call and the struct.
inline FixedText<255> why_not(std::string_view what, tg_result result) {
  FixedText<255> out;
  char text[256];
  const int length = std::snprintf(
      text, sizeof text, "%.*s%s", static_cast<int>(what.size()), what.data(),
      result == TG_E_TOO_NEW ? " is of another major version of the ABI, or a part of it that only a later version of Tidegate knows "
                               "is set; this is " TG_VERSION ": update it, or leave that part zero"
                             : " has no struct_size; make it with TG_INIT");
  out.assign({text, std::min<std::size_t>(static_cast<std::size_t>(std::max(length, 0)), sizeof text - 1)});
  return out;
}

/// Returns a copy of the given options; all zero for NULL. Throws Fault when they cannot be read.
template <class T>
T options(const T *in, const char *what) {
  T out = TG_INIT(T);
  if (in == nullptr) return out;
  if (const tg_result result = read_struct(in, out); result != TG_OK)
    throw Fault(result, std::string(why_not(std::string(what) + ": a struct", result).view()));
  return out;
}

/// Writes as much of `value` as the caller's struct has room for. Returns: TG_OK, or the error of check_head(); then nothing is written.
template <class T>
tg_result write_struct(T *out, const T &value) {
  if (const tg_result head = check_head(*out); head != TG_OK) return head;
  const std::size_t size = std::min<std::size_t>(out->struct_size, sizeof(T));
  std::memcpy(reinterpret_cast<char *>(out) + kStructHead, reinterpret_cast<const char *>(&value) + kStructHead,
              size - kStructHead);
  return TG_OK;
}

/// Copies a text of the caller. Throws Fault for NULL with a length, and for more than `longest` bytes.
inline std::string text(tg_str in, const char *what, std::uint64_t longest = 4096) {
  if (in.len == 0) return {};
  if (in.ptr == nullptr || in.len > longest)
    throw Fault(TG_E_INVALID, std::string(what) + ": not a text of at most " + std::to_string(longest) + " bytes");
  return {in.ptr, static_cast<std::size_t>(in.len)};
}

/// Throws Fault TG_E_TOO_NEW when a field named reserved is not zero.
inline void check_zero(std::uint32_t reserved, const char *what) {
  if (reserved != 0) throw Fault(TG_E_TOO_NEW, std::string(what) + ": a reserved part is not zero");
}

}  // namespace tidegate::sdk::api
