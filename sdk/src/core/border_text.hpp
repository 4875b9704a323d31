#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/fixed_text.hpp"

namespace tidegate::sdk {

/// The border for texts: what peers, plugins and operators hand over is checked or cleaned here, once, where it enters, so
/// that everything behind the border may be written to a log, a terminal, JSON and a protocol's header as it is.
///
/// - An **identity** (an actor, the name of a service, a plugin's id) is refused when it is not plain: two identities must
///   never become equal because the library has cut or cleaned them.
/// - **Prose** (a reason, a sentence of a plugin, a label) is cleaned and cut.
/// - A **redirect** is refused when it is no URI.
///
/// Not plain are: bytes that are not UTF-8; control characters (U+0000 to U+001F, U+007F to U+009F); line and paragraph
/// separators (U+2028, U+2029); marks that change the direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066
/// to U+2069: Unicode Technical Report 36, section 3.3); invisible characters (U+200B, U+2060 to U+2064, U+FEFF, U+FFF9 to
/// U+FFFB, tags from U+E0000 to U+E007F).
/// Threads: any; nothing here allocates but clean_text().

/// Why a text cannot be an identity.
enum class TextFault : std::uint8_t { none, too_long, not_utf8, not_plain };

/// Returns: the first reason why `text` is not a plain text of at most `longest` bytes.
TextFault check_text(std::string_view text, std::size_t longest);

/// Completes "the actor …" to a sentence that says what to do.
std::string_view why(TextFault fault);

/// Returns: whether `text` may stand for a target in a header such as Location or Contact: 1 to `longest` characters that RFC 3986
/// section 2 allows in a URI.
bool is_redirect(std::string_view text, std::size_t longest);
inline constexpr std::size_t kRedirectBytes = 255;

/// Writes `text` to `out`: a tab and an end of line become a space, anything else that is not plain becomes U+FFFD. Cuts before
/// the character that does not fit in `capacity`. Returns: how many bytes were written. `out` may be the place where `text` stands
/// only when all of `text` is plain.
std::size_t clean(std::string_view text, char *out, std::size_t capacity);

template <std::size_t N>
void clean_into(FixedText<N> &out, std::string_view text) {
  char cleaned[N];
  out.assign({cleaned, clean(text, cleaned, N)});
}

std::string clean_text(std::string_view text, std::size_t longest = 4096);

}  // namespace tidegate::sdk
