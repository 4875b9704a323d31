#pragma once

#include <sys/types.h>

#include <string>

/// The person who runs the command, as far as known; empty: not known.
struct Person {
  std::string sudo{};      ///< $SUDO_USER, else $DOAS_USER
  std::string pkexec{};    ///< the user of $PKEXEC_UID
  std::string login{};     ///< the user of the login, which the kernel keeps through su: /proc/self/loginuid
  std::string user{};      ///< the user whose rights the command has
  bool shared = false;     ///< several people may have these rights: they are root's
  std::string terminal{};  ///< such as pts/3
};

Person person_at_work();

/// Returns the actor of a change without --actor: "alice (tidegate)", "alice as root (tidegate)", "root on pts/3 (tidegate)"; at most 63
/// bytes. It names the person and not only the rights, so that two people who both became root have a hold each.
std::string default_actor(const Person &person);
