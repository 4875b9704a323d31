#pragma once

#include <string_view>

#include "border/plain_text.hpp"
#include "core/fixed_text.hpp"

namespace tidegate::sdk {

/// The border for texts: a text of a peer, a plugin or an operator is checked or cleaned here, once, where it enters, so that all code
/// behind the border may write it to a log, a terminal, JSON and a protocol's header unchanged. The rules are in border/plain_text.hpp.
template <std::size_t N>
void clean_into(FixedText<N> &out, std::string_view text) {
  char cleaned[N];
  out.assign({cleaned, clean(text, cleaned, N)});
}

}  // namespace tidegate::sdk
