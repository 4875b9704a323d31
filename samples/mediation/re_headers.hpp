#pragma once

#include <re.h>
#include <tidegate/admission.h>

#include <cstring>
#include <string>

inline std::string text(const pl &part) { return {part.p, part.l}; }

/// A socket address as Tidegate wants it.
inline tg_address to_address(const sa &from) {
  tg_address out{};
  if (sa_af(&from) == AF_INET6) {
    sa_in6(&from, out.ip);
  } else {
    const std::uint32_t v4 = htonl(sa_in(&from));
    out.ip[10] = out.ip[11] = 0xff;
    std::memcpy(out.ip + 12, &v4, 4);
  }
  out.port = sa_port(&from);
  return out;
}
