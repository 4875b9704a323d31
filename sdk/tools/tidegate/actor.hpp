#pragma once

#include <sys/types.h>

#include <string>

/// The person who runs the command, as far as known; empty: not known.
struct Person {
  std::string sudo{};      ///< $SUDO_USER, else $DOAS_USER
  std::string pkexec{};    ///< the user of $PKEXEC_UID
  std::string login{};     ///< who logged in, as the kernel keeps it through su: /proc/self/loginuid
  std::string user{};      ///< whose rights the command has
  bool shared = false;     ///< several people may have these rights: root's
  std::string terminal{};  ///< such as pts/3
};

Person person_at_work();

/// The name under which a change is asked for when --actor does not say one: it names the person and not only the rights,
/// so that two people who both became root hold a service each for themselves. "alice (tidegate)", "alice as root
/// (tidegate)", "root on pts/3 (tidegate)"; at most 63 bytes.
std::string default_actor(const Person &person);
