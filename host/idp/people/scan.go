package people

// Listing people by page, and searching.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	maxPage   = 1000
	maxLooked = 2000 // entries that one search looks at
)

// Scan returns at most limit people (1 to 1000) whose user names come after
// after ("" to begin), in the order of user names without their case.
func (d Directory) Scan(ctx context.Context, after string, limit int) ([]Person, error) {
	return d.scan(ctx, fold(strings.TrimSpace(after)), min(max(limit, 1), maxPage))
}

func (d Directory) scan(ctx context.Context, after string, limit int) ([]Person, error) {
	items, err := d.Store.Scan(ctx, Bucket, "", after, limit)
	if err != nil {
		return nil, fmt.Errorf("list the people: %w", err)
	}
	list := make([]Person, 0, len(items))
	for _, item := range items {
		person, err := decode(item.Value)
		if err != nil {
			return nil, fmt.Errorf("list the people: %s: %w", item.Key, err)
		}
		list = append(list, person)
	}
	return list, nil
}

// Page is one page of a list. Next, when not empty, begins the one that follows.
type Page struct {
	People []Person
	Next   string
}

// Search returns at most limit people each of whose query's words begins their
// user name, their email address or a word of their names; an empty query means
// everybody. after is "" or the Next of the page before. A page may have fewer
// people than limit, or none, and yet a Next: a search looks at 2000 records at
// most.
func (d Directory) Search(ctx context.Context, query, after string, limit int) (Page, error) {
	limit = min(max(limit, 1), maxPage)
	words := queryWords(query)
	if len(words) == 0 {
		list, err := d.scan(ctx, after, limit+1)
		if err != nil || len(list) <= limit {
			return Page{People: list}, err
		}
		next, err := nameKey(list[limit-1].UserName)
		return Page{list[:limit], next}, err
	}
	return d.search(ctx, words, after, limit)
}

// search goes through the entries of the longest word.
func (d Directory) search(ctx context.Context, words []string, after string, limit int) (page Page, err error) {
	longest := slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
	for looked := 0; looked < maxLooked; {
		items, err := d.Store.Scan(ctx, bucketWord, longest, after, limit+1)
		if err != nil {
			return Page{}, fmt.Errorf("search the people: %w", err)
		}
		for i, item := range items {
			word, name, _ := strings.Cut(item.Key, " ")
			person, found, err := d.matching(ctx, name, words, longest, word)
			if err != nil {
				return Page{}, err
			}
			if looked, after = looked+1, item.Key; found {
				page.People = append(page.People, person)
			}
			if len(page.People) == limit && (i+1 < len(items) || len(items) > limit) {
				page.Next = after
				return page, nil
			}
		}
		if len(items) <= limit {
			return page, nil
		}
	}
	page.Next = after
	return page, nil
}

// matching is the person behind an entry when each word begins one of theirs;
// who has several that longest begins is found by the first alone.
func (d Directory) matching(ctx context.Context, name string, words []string, longest, entry string) (Person, bool, error) {
	person, _, err := d.get(ctx, name)
	if errors.Is(err, ErrNoPerson) { // removed meanwhile
		return Person{}, false, nil
	}
	if err != nil {
		return Person{}, false, err
	}
	theirs := wordsOf(person)
	begun := func(by string) int {
		return slices.IndexFunc(theirs, func(word string) bool { return strings.HasPrefix(word, by) })
	}
	if first := begun(longest); first < 0 || theirs[first] != entry {
		return Person{}, false, nil
	}
	for _, word := range words {
		if begun(word) < 0 {
			return Person{}, false, nil
		}
	}
	return person, true, nil
}

func queryWords(query string) (words []string) {
	for _, word := range strings.Fields(fold(clip(query, 4*maxWord))) {
		if word = clip(strings.Trim(word, ",;"), maxWord); word != "" {
			words = append(words, word)
		}
	}
	return words
}
