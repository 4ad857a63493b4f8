// SPDX-License-Identifier: Apache-2.0

package raddle

import "errors"

// Encode turns any bytes into tokens. Nothing is added at either end.
func (t *Tokenizer) Encode(text string) ([]int32, error) {
	return t.encode(text, rawTokenizerEncode)
}

// EncodePrompt is Encode for a prompt: what begins every document in training, such as a token for
// the beginning of a text, begins the prompt too.
func (t *Tokenizer) EncodePrompt(text string) ([]int32, error) {
	return t.encode(text, rawTokenizerEncodePrompt)
}

func (t *Tokenizer) encode(text string,
	f func(*cTokenizer, []byte, []int32) (int64, error)) (tokens []int32, err error) {
	err = call(t.held(), func(object *cTokenizer) error {
		given := []byte(text)
		tokens = make([]int32, len(given)/2+16)
		count, err := f(object, given, tokens)
		if errors.Is(err, ErrOutOfRange) {
			tokens = make([]int32, count)
			count, err = f(object, given, tokens)
		}
		if err != nil {
			count = 0
		}
		tokens = tokens[:count]
		return err
	})
	return tokens, err
}
