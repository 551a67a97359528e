package people

// Common passwords: a list of words, with the endings that people add to them.
// Together they are some six hundred thousand passwords, of which the file holds
// the parts.

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

//go:embed common.txt
var commonText string

// commonParts are the words and endings of common.txt.
var commonParts = sync.OnceValue(func() (parts struct{ words, endings map[string]bool }) {
	parts.words, parts.endings = map[string]bool{}, map[string]bool{}
	var into map[string]bool
	for line := range strings.Lines(commonText) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "#"):
		case line == "words":
			into = parts.words
		case line == "endings":
			into = parts.endings
		default:
			for part := range strings.FieldsSeq(line) {
				into[part] = true
			}
		}
	}
	return parts
})

const (
	longestCommon = 48 // bytes; what is longer is no word with an ending
	longestUnit   = 5  // bytes; whatever is repeated and this short is common
	shortestRun   = 4  // keys in a row
)

// rows are where fingers go on keyboards.
var rows = []string{
	"12345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
	"azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1qayxsw23edcvfr45tgbnhz67ujm", "1q2w3e4r5t6y7u8i9o0p", "1q2w3e4r5t6z7u8i9o0p",
	"a1b2c3d4e5f6g7h8i9j0", "1a2b3c4d5e6f7g8h9i0j", "q1w2e3r4t5y6u7i8o9p0",
}

// signs are letters that stand as signs in many passwords, digits those that
// stand as digits.
var (
	signs   = strings.NewReplacer("@", "a", "$", "s", "€", "e")
	mark    = strings.NewReplacer("!", "i") // which is more often an ending
	digits  = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g")
	digitsL = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g")
)

// common reports whether a password is a common one, whatever its case, with
// signs and digits in the place of letters, repeated, or with endings at both
// sides.
func common(password string) bool {
	password = fold(password)
	for _, spelt := range []string{bare(password), bare(signs.Replace(password)), bare(mark.Replace(signs.Replace(password)))} {
		unit := repeated(spelt)
		if unit != spelt && len(unit) <= longestUnit || len(unit) <= longestCommon && built(unit) {
			return true
		}
	}
	return false
}

// bare leaves letters and digits.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

// repeated is what text is a repetition of, the last time perhaps in part; text
// itself when it is of nothing shorter.
func repeated(text string) string {
	for n := 1; n <= len(text)/2; n++ {
		if strings.HasPrefix(strings.Repeat(text[:n], len(text)/n+1), text) {
			return text[:n]
		}
	}
	return text
}

// built reports whether text is an ending, a word, and an ending, each of which
// may be missing.
func built(text string) bool {
	for from := 0; from <= len(text); from++ {
		if !ending(text[:from]) {
			continue
		}
		for to := len(text); to >= from; to-- {
			if ending(text[to:]) && word(text[from:to]) {
				return true
			}
		}
	}
	return false
}

func word(text string) bool {
	words := commonParts().words
	return text == "" || words[text] || words[digits.Replace(text)] || words[digitsL.Replace(text)] || words[repeated(text)] || run(text)
}

func ending(text string) bool {
	return text == "" || commonParts().endings[text] || year(text)
}

// year is one that somebody alive may write.
func year(text string) bool {
	return len(text) == 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20")) && strings.Trim(text, "0123456789") == ""
}

// run reports whether text goes along a row of keys, either way.
func run(text string) bool {
	if len(text) < shortestRun {
		return false
	}
	back := []byte(text)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	for _, row := range rows {
		if strings.Contains(row, text) || strings.Contains(row, string(back)) {
			return true
		}
	}
	return false
}
