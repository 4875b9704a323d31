#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::sdk {

/// The rules for texts from outside: peers, plugins, operators, and the names of files that another user has made. Every layer and the
/// command use these rules; core/border.def lists the places in the library where such a text enters.
///
/// - An **identity** (an actor, the name of a service, a plugin's id) is refused when it is not plain: two identities must
///   never become equal, or look equal, because of what the library or a terminal leaves out.
/// - **Prose** (a reason, a sentence of a plugin, a label) is cleaned and cut.
/// - A **redirect** is refused when it is no URI.
/// - A text for a **terminal** is shown: each character that is not plain appears as its number.
///
/// Not plain are:
/// 1. bytes that are not UTF-8;
/// 2. control characters (U+0000 to U+001F, U+007F to U+009F); line and paragraph separators (U+2028, U+2029);
/// 3. marks that change the direction of writing (Unicode Technical Report 36, section 3.3);
/// 4. invisible characters: those with the property Default_Ignorable_Code_Point (Unicode Standard, section 5.21), the interlinear
///    marks U+FFF9 to U+FFFB, and the blank symbols U+2800 and U+1D159.
/// Prose keeps those of the fourth kind that scripts and emoji need inside a character: the joiners U+200C and U+200D, and the variation
/// selectors U+180B to U+180D, U+180F, U+FE00 to U+FE0F and U+E0100 to U+E01EF.
/// An identity has no blank at its beginning or end, and no other blank than the space (U+0020).
/// Threads: any; check_text(), why(), is_redirect() and clean() do not allocate.

/// Why a text cannot be an identity.
enum class TextFault : std::uint8_t { none, too_long, not_utf8, not_plain, blank };

/// Returns: the first reason why `text` cannot be an identity of at most `longest` bytes. The empty text has none.
TextFault check_text(std::string_view text, std::size_t longest);

/// Completes "the actor …" to a sentence that says what to do.
std::string_view why(TextFault fault);

/// Returns: whether `text` may stand for a target in a header such as Location or Contact: 1 to `longest` characters that RFC 3986
/// section 2 allows in a URI.
bool is_redirect(std::string_view text, std::size_t longest);
inline constexpr std::size_t kRedirectBytes = 255;

/// Writes `text` as prose to `out`: a tab and an end of line become a space, any other character that is not plain becomes U+FFFD. Cuts
/// before the character that does not fit in `capacity`. Returns: how many bytes were written. `out` may be the place where `text`
/// stands only when all of `text` is plain.
std::size_t clean(std::string_view text, char *out, std::size_t capacity);
std::string clean_text(std::string_view text, std::size_t longest = 4096);

/// Returns `text` for a terminal by the rule for prose; a character that is not plain is shown as "\x1b", "\u202e" or "\U000e0041", and a
/// byte that is not UTF-8 as "\xff".
std::string show_text(std::string_view text);
/// The same by the rule for identities, so that two names that differ look different. A blank that an identity cannot have is shown too.
std::string show_name(std::string_view text);
/// Returns JSON of the same meaning in which no character steers a terminal: each character of a string that is not plain, by the rule for
/// prose, is written as JSON's own "\u202e".
std::string show_json(std::string_view json);

}  // namespace tidegate::sdk
