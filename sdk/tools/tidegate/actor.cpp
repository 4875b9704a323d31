#include "actor.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace {

constexpr std::size_t kLongest = 63;

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string name_of(uid_t user) {
  const passwd *found = getpwuid(user);
  return found != nullptr ? found->pw_name : std::to_string(user);
}

/// Returns the name of the user whose number the text has; empty: the text has no number, or the number for "no user".
std::string named_by(const std::string &number) {
  uid_t user = 0;
  const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), user);
  return error != std::errc() || user == static_cast<uid_t>(-1) ? "" : name_of(user);
}

std::string contents(const char *path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Returns the terminal that controls the process, wherever its standard streams lead: the seventh field of /proc/self/stat. Empty: none.
std::string terminal() {
  const std::string line = contents("/proc/self/stat");
  std::size_t at = line.rfind(')');  // the end of the second field
  for (int field = 2; field < 7 && at != std::string::npos; ++field) at = line.find(' ', at + 1);
  if (at == std::string::npos) return {};
  const int device = std::atoi(line.c_str() + at + 1);
  const int major = (device >> 8) & 0xfff, minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return fmt::format("pts/{}", (major - 136) * 256 + minor);
  return major == 4 ? fmt::format("tty{}", minor) : "";
}

}  // namespace

Person person_at_work() {
  Person out;
  out.sudo = !environment("SUDO_USER").empty() ? environment("SUDO_USER") : environment("DOAS_USER");
  out.pkexec = named_by(environment("PKEXEC_UID"));
  out.login = named_by(contents("/proc/self/loginuid"));
  out.user = name_of(getuid());
  out.shared = getuid() == 0;
  out.terminal = terminal();
  return out;
}

std::string default_actor(const Person &person) {
  std::string name = person.user;
  // The first name that differs from the name of the rights.
  for (const std::string *other : {&person.sudo, &person.pkexec, &person.login})
    if (!other->empty() && *other != person.user) {
      name = *other;
      break;
    }
  const std::string program = " (tidegate)";
  std::string named = name;
  if (name != person.user)
    named += " as " + person.user;
  else if (person.shared && !person.terminal.empty())
    named += " on " + person.terminal;
  // Two actors must not become one, so no name is cut: the parts that all actors share are left out first.
  for (const std::string &whole : {named + program, named, name})
    if (whole.size() <= kLongest) return whole;
  return fmt::format("uid {}{}", getuid(), program);
}
