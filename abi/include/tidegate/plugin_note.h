/* The note in a plugin's file: a host reads it before any code of the plugin runs. */
#ifndef TIDEGATE_PLUGIN_NOTE_H
#define TIDEGATE_PLUGIN_NOTE_H

#include "tidegate/base.h"

/* An ELF note in a PT_NOTE segment: owner, type, and a descriptor that is a tg_note_head and three texts. */
#define TG_NOTE_SECTION ".note.tidegate"
#define TG_NOTE_OWNER "tidegate"
#define TG_NOTE_TYPE 1

/** The head of the descriptor. Three texts follow, each ended by a zero: id, version, and roles separated by spaces. */
typedef struct tg_note_head {
  uint32_t struct_size;  /**< size of the head, where the texts begin */
  uint32_t abi;          /**< TG_PLUGIN_ABI it was compiled against */
  uint32_t min_host_abi; /**< the oldest host it works with, such as TG_ABI(0, 9) */
  uint32_t flags;        /**< TG_NOTE_*; a host ignores a flag that it does not know */
} tg_note_head;

/**
 * Declares that the file may be unmapped after its last instance was destroyed. The author promises that by then no address in the file
 * is known to
 * 1. a thread or a destructor of thread-specific data (pthread_key_create, tss_create),
 * 2. a handler of a signal or a timer,
 * 3. the end of the process (on_exit).
 * A file without the flag stays mapped when its plugin is unloaded (TG_RETAINED), which costs memory and nothing else. A file with the
 * flag that uses one of these functions stays mapped, too.
 */
#define TG_NOTE_MAY_UNMAP 1u

/* The address sanitizer of clang would add padding behind the note. */
#ifdef __clang__
#define TG_NOTE_BARE_ __attribute__((no_sanitize("address")))
#else
#define TG_NOTE_BARE_
#endif
#define TG_NOTE_TEXTS_(id, version, roles) id "\0" version "\0" roles
#define TG_NOTE_ROOM_(id, version, roles) ((sizeof(TG_NOTE_TEXTS_(id, version, roles)) + 3u) / 4u * 4u)

/** Puts the note into the file that is being compiled; once in a plugin. `id`, `version` and `roles` are text literals. */
#define TG_PLUGIN_NOTE(id, version, min_host_abi, roles) TG_PLUGIN_NOTE_OF(TG_PLUGIN_ABI, id, version, min_host_abi, roles)

/** Puts the note with flags, TG_NOTE_*. */
#define TG_PLUGIN_NOTE_WITH(flags, id, version, min_host_abi, roles) \
  TG_PLUGIN_NOTE_ALL_(flags, TG_PLUGIN_ABI, id, version, min_host_abi, roles)

/** Puts the note of a plugin that states the version of its ABI itself. */
#define TG_PLUGIN_NOTE_OF(plugin_abi, id, version, min_host_abi, roles) \
  TG_PLUGIN_NOTE_ALL_(0u, plugin_abi, id, version, min_host_abi, roles)

#define TG_PLUGIN_NOTE_ALL_(flags, plugin_abi, id, version, min_host_abi, roles)                            \
  static const struct {                                                                                     \
    uint32_t owner_size, descriptor_size, type;                                                             \
    char owner[(sizeof(TG_NOTE_OWNER) + 3) / 4 * 4];                                                        \
    tg_note_head head;                                                                                      \
    char texts[TG_NOTE_ROOM_(id, version, roles)];                                                          \
  } tidegate_note __attribute__((used, section(TG_NOTE_SECTION), aligned(4))) TG_NOTE_BARE_ = {                          \
      sizeof(TG_NOTE_OWNER),                                                                                \
      (uint32_t)(sizeof(tg_note_head) + TG_NOTE_ROOM_(id, version, roles)),                                 \
      TG_NOTE_TYPE,                                                                                         \
      TG_NOTE_OWNER,                                                                                        \
      {(uint32_t)sizeof(tg_note_head), plugin_abi, min_host_abi, flags},                                     \
      TG_NOTE_TEXTS_(id, version, roles)}

#endif /* TIDEGATE_PLUGIN_NOTE_H */
