#include "peer.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "argument.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

[[noreturn]] void refuse(const std::string &what) {
  throw py::value_error("peer " + what +
                        ": use \"192.0.2.1:5060\", \"[2001:db8::1]:5060\", either without a port, or (host, port)");
}

std::string text_of(const py::handle &text) {
  if (!PyUnicode_Check(text.ptr())) refuse_type(text, "peer", "a str, a (host, port) or None");
  return read_text(text, "peer");
}

std::uint32_t number_of(const py::handle &number, std::uint32_t most, const char *otherwise) {
  if (!PyLong_Check(number.ptr()) || PyBool_Check(number.ptr())) refuse(otherwise);
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  if (overflow != 0 || value < 0 || value > most) refuse(otherwise);
  return static_cast<std::uint32_t>(value);
}

template <class T>
bool read_number(std::string_view text, T &value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

void read_host(std::string_view text, tg_address &out) {
  if (text.find('\0') != text.npos) refuse("has a zero character");  // where inet_pton() would stop reading
  const std::size_t percent = text.find('%');
  const std::string host(text.substr(0, percent));
  if (inet_pton(AF_INET, host.c_str(), out.ip + kMapped.size()) == 1 && percent == text.npos) {
    std::ranges::copy(kMapped, out.ip);
    return;
  }
  if (inet_pton(AF_INET6, host.c_str(), out.ip) != 1)
    refuse(shown(py::str(text.data(), text.size())) + " is not an IP address");
  if (percent == text.npos) return;
  const std::string zone(text.substr(percent + 1));
  if (!read_number(zone, out.scope)) out.scope = if_nametoindex(zone.c_str());
  if (out.scope == 0) refuse(shown(py::str(text.data(), text.size())) + " names no network interface after %");
}

tg_address read_address(const std::string &text) {
  tg_address out{};
  std::string_view host = text, port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) refuse(shown(py::str(text)) + " has no ]");
    host = std::string_view(text).substr(1, end - 1);
    port = std::string_view(text).substr(end + 1);
  } else if (std::ranges::count(text, ':') == 1) {
    host = std::string_view(text).substr(0, text.find(':'));
    port = std::string_view(text).substr(text.find(':'));
  }
  read_host(host, out);
  if (port.empty()) return out;
  if (port.front() != ':' || !read_number(port.substr(1), out.port))
    refuse(shown(py::str(text)) + " has no port from 0 to 65535");
  return out;
}

tg_address read_pair(const py::tuple &pair) {  // sockets give (host, port, flow, scope) for IPv6
  if (pair.size() != 2 && pair.size() != 4) refuse("is not (host, port)");
  tg_address out{};
  read_host(text_of(pair[0]), out);
  out.port = static_cast<std::uint16_t>(number_of(pair[1], UINT16_MAX, "has no port from 0 to 65535"));
  if (pair.size() == 4) out.scope = number_of(pair[3], UINT32_MAX, "has no scope that is a number");
  return out;
}

}  // namespace

tg_address peer_of(const py::handle &peer) {
  if (peer.is_none()) return {};
  if (py::isinstance<py::tuple>(peer)) return read_pair(py::reinterpret_borrow<py::tuple>(peer));
  return read_address(text_of(peer));
}

py::object peer_shown(const tg_address &peer) {
  if (std::ranges::all_of(peer.ip, [](std::uint8_t byte) { return byte == 0; })) return py::none();
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (std::memcmp(peer.ip, kMapped.data(), kMapped.size()) == 0)
    inet_ntop(AF_INET, peer.ip + kMapped.size(), text.data(), text.size());
  else
    inet_ntop(AF_INET6, peer.ip, text.data(), text.size());
  std::string host = text.data();
  if (peer.scope != 0) host += "%" + std::to_string(peer.scope);
  return py::make_tuple(host, peer.port);
}

}  // namespace tidegate::python
