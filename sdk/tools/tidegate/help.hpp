#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}

/// Returns the formatter of the help: wrapped between words to the terminal's width, with options as a person writes them.
std::shared_ptr<CLI::FormatterBase> make_help();
