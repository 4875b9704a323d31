#pragma once

#include "tidegate/base.h"

namespace tidegate::plugin {

/// TG_PLUGIN_INIT at compile time, which the ABI's cannot be in C++11.
template <class Table>
consteval Table empty() {
  Table out{};
  out.struct_size = sizeof(Table);
  out.abi = TG_PLUGIN_ABI;
  return out;
}

}  // namespace tidegate::plugin
