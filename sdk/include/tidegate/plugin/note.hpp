// The note of a plugin's file, with the roles that its class fills.
#pragma once

#include <cstddef>
#include <string_view>

#include "tidegate/ext/config.h"
#include "tidegate/ext/event_sink.h"
#include "tidegate/plugin_note.h"
#include "tidegate/plugin/members.hpp"

namespace tidegate::plugin {

/// Calls `add` with each letter of the role names of a class, with a space between two names.
template <class T, class Add>
constexpr void spell_roles(Add add) {
  bool first = true;
  const auto role = [&](bool fills, std::string_view name) {
    if (!fills) return;
    if (!first) add(' ');
    first = false;
    for (const char letter : name) add(letter);
  };
  role(kAdmission<T>, TG_ROLE_ADMISSION);
  role(kEventSink<T>, TG_ROLE_EVENT_SINK);
  role(kLifecycle<T>, TG_ROLE_LIFECYCLE);
  role(kConfig<T>, TG_ROLE_CONFIG);
  role(kMetrics<T>, TG_ROLE_METRICS);
  if constexpr (HasMoreRoles<T>) role(true, T::more_roles);
}

template <class T>
consteval std::size_t roles_size() {
  std::size_t size = 0;
  spell_roles<T>([&](char) { ++size; });
  return size;
}

/// The note as TG_PLUGIN_NOTE lays it out. `Room`: the bytes of the texts, rounded up to a multiple of 4.
template <std::size_t Room>
struct Note {
  std::uint32_t owner_size, descriptor_size, type;
  char owner[(sizeof(TG_NOTE_OWNER) + 3) / 4 * 4];
  tg_note_head head;
  char texts[Room];
};

/// Returns: whether a host accepts the id or the version. Checked here, so that the plugin's author sees the error when compiling.
consteval bool is_name(std::string_view name, std::string_view more) {
  if (name.empty() || name.size() > 63) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) &&
        (std::string_view(".-_").find(c) == std::string_view::npos && more.find(c) == std::string_view::npos))
      return false;
  return true;
}

template <class T, std::size_t Id, std::size_t Version>
consteval auto note(const char (&id)[Id], const char (&version)[Version]) {
  if (!is_name({id, Id - 1}, "")) throw "the id of a plugin is 1 to 63 of A-Z a-z 0-9 . _ -, such as com.example.night";
  if (!is_name({version, Version - 1}, "+~:")) throw "the version of a plugin is 1 to 63 of A-Z a-z 0-9 . _ - + ~ :";
  constexpr std::size_t kRoom = (Id + Version + roles_size<T>() + 1 + 3) / 4 * 4;
  Note<kRoom> out{sizeof(TG_NOTE_OWNER),
                  static_cast<std::uint32_t>(sizeof(tg_note_head) + kRoom),
                  TG_NOTE_TYPE,
                  TG_NOTE_OWNER,
                  {static_cast<std::uint32_t>(sizeof(tg_note_head)), TG_PLUGIN_ABI, min_host_abi<T>(), may_unmap<T>() ? TG_NOTE_MAY_UNMAP : 0u},
                  {}};
  char *to = out.texts;
  for (const char letter : id) *to++ = letter;
  for (const char letter : version) *to++ = letter;
  spell_roles<T>([&](char letter) { *to++ = letter; });
  return out;
}

}  // namespace tidegate::plugin
