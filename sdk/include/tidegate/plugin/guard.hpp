// Catches the exceptions of a plugin: none crosses the ABI.
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>

#include "tidegate/plugin_host.h"
#include "tidegate/text.hpp"

namespace tidegate::plugin {

inline constexpr std::string_view kNoSentence = "an exception that is not a std::exception";

/// Returns: whether a table has the member and it is not null. The table of an older host may end before it.
template <class Table, class Member>
bool has(const Table &table, Member Table::*member) noexcept {
  const auto *begin = reinterpret_cast<const char *>(&table);
  const auto *end = reinterpret_cast<const char *>(&(table.*member) + 1);
  return table.struct_size >= static_cast<std::size_t>(end - begin) && table.*member != nullptr;
}

inline tg_result fail(const tg_plugin_host &host, std::string_view why, tg_result result) noexcept {
  if (has(host, &tg_plugin_host::fail)) host.fail(host.context, str(why));
  return result;
}

inline void fault(const tg_plugin_host &host, std::string_view what) noexcept {
  if (!has(host, &tg_plugin_host::admission) || !has(*host.admission, &tg_admission_host::fault)) return;
  host.admission->fault(host.admission->context, str(what));
}

/// Calls `function` for create, start, reconfigure and before_start. Returns: its result; for an exception a negative result, with the
/// text of the exception as the sentence.
template <class Function>
tg_result or_fail(const tg_plugin_host &host, Function function) noexcept {
  try {
    return function();
  } catch (const std::invalid_argument &error) {
    return fail(host, error.what(), TG_E_INVALID);
  } catch (const std::bad_alloc &) {
    return fail(host, "there is not enough memory", TG_E_NO_MEMORY);
  } catch (const std::exception &error) {
    return fail(host, error.what(), TG_E_PLUGIN);
  } catch (...) {
    return fail(host, kNoSentence, TG_E_PLUGIN);
  }
}

/// Calls `function` for all other calls, where an exception is a fault. Returns: whether there was none.
template <class Function>
bool or_fault(const tg_plugin_host &host, Function function) noexcept {
  try {
    function();
    return true;
  } catch (const std::exception &error) {
    fault(host, error.what());
  } catch (...) {
    fault(host, kNoSentence);
  }
  return false;
}

}  // namespace tidegate::plugin
