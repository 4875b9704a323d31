#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "key.hpp"

namespace tidegate::model {

/// The states found so far, by number, and whether a state is among them. Grows without moving what it has: the largest
/// spaces would not fit twice.
class Store {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Node {
    std::uint32_t parent = kNone;   // from which it was found first
    std::uint32_t alone = kNone;    // what comes next when nobody asks for anything and nobody leaves
    std::uint32_t leaving = kNone;  // and what comes next when everybody leaves
  };

  /// `words`: of a key that are used.
  explicit Store(std::size_t words) : words_(words), table_(1u << 16, kNone) {}

  std::uint32_t size() const { return size_; }
  Node &node(std::uint32_t number) { return nodes_[number >> kChunkBits][number & kChunkMask]; }
  Key key(std::uint32_t number) const {
    Key key{};
    const std::uint64_t *from = at(number);
    for (std::size_t i = 0; i < words_; ++i) key[i] = from[i];
    return key;
  }

  /// Returns: its number, and whether it is new.
  std::pair<std::uint32_t, bool> add(const Key &key, std::uint32_t parent) {
    if (size_ * 2 >= table_.size()) grow();
    std::size_t slot = hash(key.data()) & (table_.size() - 1);
    for (; table_[slot] != kNone; slot = (slot + 1) & (table_.size() - 1))
      if (is_same(at(table_[slot]), key)) return {table_[slot], false};
    const std::uint32_t number = size_++;
    if ((number & kChunkMask) == 0) {
      keys_.push_back(std::make_unique<std::uint64_t[]>(words_ << kChunkBits));
      nodes_.push_back(std::make_unique<Node[]>(std::size_t{1} << kChunkBits));
    }
    for (std::size_t i = 0; i < words_; ++i) at(number)[i] = key[i];
    node(number).parent = parent;
    table_[slot] = number;
    return {number, true};
  }

 private:
  static constexpr unsigned kChunkBits = 16;
  static constexpr std::uint32_t kChunkMask = (1u << kChunkBits) - 1;

  std::uint64_t *at(std::uint32_t number) const {
    return keys_[number >> kChunkBits].get() + words_ * (number & kChunkMask);
  }

  bool is_same(const std::uint64_t *known, const Key &key) const {
    for (std::size_t i = 0; i < words_; ++i)
      if (known[i] != key[i]) return false;
    return true;
  }
  std::size_t hash(const std::uint64_t *words) const {
    std::uint64_t mixed = 0;
    for (std::size_t i = 0; i < words_; ++i) {
      mixed = (mixed ^ words[i]) * 0x9e3779b97f4a7c15u;
      mixed ^= mixed >> 29;
    }
    return static_cast<std::size_t>(mixed);
  }
  void grow() {
    std::vector<std::uint32_t> larger(table_.size() * 2, kNone);
    table_.swap(larger);
    for (std::uint32_t number = 0; number < size_; ++number) {
      std::size_t slot = hash(at(number)) & (table_.size() - 1);
      while (table_[slot] != kNone) slot = (slot + 1) & (table_.size() - 1);
      table_[slot] = number;
    }
  }

  const std::size_t words_;
  std::uint32_t size_ = 0;
  std::vector<std::uint32_t> table_;
  std::vector<std::unique_ptr<std::uint64_t[]>> keys_;
  std::vector<std::unique_ptr<Node[]>> nodes_;
};

}  // namespace tidegate::model
