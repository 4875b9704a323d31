#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "open_host.hpp"

namespace tidegate::python {

/// A session, and the host that it lives in. Given back at its end.
/// Once released it does not look at the service any more, so it may outlive the host.
struct HeldTicket {
  HeldTicket(std::shared_ptr<OpenHost> in, Ticket held) : host(std::move(in)), ticket(std::move(held)) {}
  HeldTicket(HeldTicket &&) = default;
  ~HeldTicket();

  std::shared_ptr<OpenHost> host;
  Ticket ticket;
};

/// Short work inside the gate, likewise.
struct HeldEntry {
  std::shared_ptr<OpenHost> host;
  std::optional<Entry> entry;
};

/// The answer to an admission.
struct Verdict {
  std::uint32_t code = TG_VERDICT_REFUSED;
  std::uint32_t reason = TG_REASON_NONE;
  std::uint64_t retry_after_ns = 0;
  std::string text;
  std::string redirect;
  pybind11::object ticket = pybind11::none();
};

void bind_ticket(pybind11::module_ &module);

}  // namespace tidegate::python
