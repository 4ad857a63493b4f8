// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/json_text.h"

#include <cstdint>
#include <vector>

namespace raddle::data {
namespace {

void append_utf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Every function leaves at_ at the first byte that is wrong when it gives false.
class Scanner {
 public:
  Scanner(std::string_view json, JsonText& out) : json_(json), out_(out) {}

  bool read(std::string_view field) {
    space();
    out_.root = type_here();
    const size_t second = json_.find_first_not_of(" \t\r\n", at_ + 1);
    out_.empty_object = peek() == '{' && second != json_.npos && json_[second] == '}';
    const bool whole = peek() == '{' ? object(field) : skip_value();
    space();
    return whole && at_ == json_.size();
  }
  size_t at() const { return at_; }
  // Gets the names of the outer object's fields.
  std::vector<std::string>* names = nullptr;

 private:
  char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }
  void space() {
    while (at_ < json_.size() && std::string_view(" \t\r\n").find(json_[at_]) != json_.npos) ++at_;
  }
  bool take(char c) {
    if (peek() != c || at_ == json_.size()) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!json_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  std::string_view type_here() const {
    switch (peek()) {
      case '{':
        return "object";
      case '[':
        return "array";
      case '"':
        return "string";
      case 't':
      case 'f':
        return "boolean";
      case 'n':
        return "null";
      default:
        return "number";
    }
  }

  // An object of which `field` is wanted. The depth of this recursion is that of the field's name.
  bool object(std::string_view field) {
    if (!take('{')) return false;
    space();
    if (take('}')) return true;
    while (true) {
      space();
      std::string key;
      size_t replaced = 0;
      if (!string(&key, &replaced)) return false;
      if (names != nullptr) names->push_back(key);
      space();
      if (!take(':')) return false;
      space();
      const bool inside = field.size() > key.size() + 1 && field.starts_with(key) &&
                          field[key.size()] == '.' && peek() == '{';
      if (key == field) {
        if (!wanted()) return false;
      } else if (!(inside ? object(field.substr(key.size() + 1)) : skip_value())) {
        return false;
      }
      space();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  bool wanted() {
    out_.type = type_here();
    out_.text.clear();
    out_.replaced = 0;
    return out_.type == "string" ? string(&out_.text, &out_.replaced) : skip_value();
  }

  bool skip_value() {
    std::vector<char> open;  // the closing brackets that are due
    while (true) {
      space();
      if (!open.empty() && take(open.back())) {  // an empty one
        open.pop_back();
      } else {
        if (!open.empty() && open.back() == '}' && !key()) return false;
        if (take('{') || take('[')) {
          open.push_back(json_[at_ - 1] == '{' ? '}' : ']');
          continue;
        }
        if (!(peek() == '"' ? string(nullptr, nullptr) : scalar())) return false;
      }
      // After a value: brackets that close, then a comma and the next one.
      space();
      while (!open.empty() && take(open.back())) {
        open.pop_back();
        space();
      }
      if (open.empty()) return true;
      if (!take(',')) return false;
      space();
      if (peek() == open.back()) return false;
    }
  }
  bool key() {
    if (!string(nullptr, nullptr)) return false;
    space();
    if (!take(':')) return false;
    space();
    return true;
  }

  bool scalar() {
    for (const std::string_view word :
         {"true", "false", "null", "NaN", "Infinity", "-Infinity", "-NaN"}) {
      if (take_word(word)) return true;
    }
    take('-');
    if (!digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }
  bool digits() {
    const size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > begin;
  }

  // With `out` null it is only passed over.
  bool string(std::string* out, size_t* replaced) {
    if (!take('"')) return false;
    while (true) {
      const size_t begin = at_;
      while (at_ < json_.size() && json_[at_] != '"' && json_[at_] != '\\' &&
             static_cast<unsigned char>(json_[at_]) >= 0x20) {
        ++at_;
      }
      if (out != nullptr) out->append(json_.substr(begin, at_ - begin));
      if (take('"')) return true;
      if (!take('\\') || !escape(out, replaced)) return false;
    }
  }
  bool escape(std::string* out, size_t* replaced) {
    if (at_ == json_.size()) return false;
    const char c = json_[at_];
    const size_t simple = std::string_view("\"\\/bfnrt").find(c);
    if (simple != std::string_view::npos) {
      ++at_;
      if (out != nullptr) *out += "\"\\/\b\f\n\r\t"[simple];
      return true;
    }
    uint32_t code = 0;
    if (!unicode(&code)) return false;
    if (code >= 0xD800 && code < 0xDC00 && json_.substr(at_).starts_with("\\u")) {
      const size_t second = at_++;
      uint32_t low = 0;
      if (!unicode(&low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = second;  // it stands for itself
      }
    }
    if (code >= 0xD800 && code < 0xE000) {
      code = 0xFFFD;
      if (replaced != nullptr) ++*replaced;
    }
    if (out != nullptr) append_utf8(code, *out);
    return true;
  }
  // "uXXXX"
  bool unicode(uint32_t* code) {
    if (!take('u')) return false;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const bool number = c >= '0' && c <= '9', letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
      if (!number && !letter) return false;
      *code = *code * 16 + static_cast<uint32_t>(number ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return true;
  }

  std::string_view json_;
  JsonText& out_;
  size_t at_ = 0;
};

}  // namespace

JsonText read_json_text(std::string_view json, std::string_view field) {
  JsonText out;
  Scanner scanner(json, out);
  out.valid = scanner.read(field);
  out.error_at = scanner.at();
  return out;
}

std::string json_field_names(std::string_view json) {
  constexpr size_t kMostNames = 10;
  JsonText out;
  std::vector<std::string> names;
  Scanner scanner(json, out);
  scanner.names = &names;
  scanner.read("");
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMostNames; ++i) {
    text += (i == 0 ? "" : ", ") + names[i].substr(0, 40);
  }
  return names.size() > kMostNames ? text + ", ..." : text;
}

size_t json_value_end(std::string_view text, size_t at) {
  size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
      }
      if (at >= text.size()) break;
      if (depth == 0) return at + 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth <= 1) return depth == 0 ? at : at + 1;
      --depth;
    } else if (depth == 0 && std::string_view(", \t\r\n").find(c) != std::string_view::npos) {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace raddle::data
