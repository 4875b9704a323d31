#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "tidegate/event_log.h"

namespace tidegate::python {

/// An event with its texts, for as long as somebody wants it. Made without the GIL, too.
class Event {
 public:
  explicit Event(const tg_event &event);

  /// The event with its texts where they are now.
  tg_event abi() const;

 private:
  tg_event event_;
  std::string service_, actor_, reason_, text_;
};

void bind_event(pybind11::module_ &module);

}  // namespace tidegate::python
