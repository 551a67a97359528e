package main

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// person is ada in a browser without a screen, outside the test's process too.
type person struct {
	http *http.Client
	host string
	at   *url.URL // the page that she sees
	body string
}

func newPerson(host string) *person {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &person{http: &http.Client{Jar: jar, Timeout: 30 * time.Second}, host: host}
}

func (p *person) get(address string) error {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return p.do(req)
}

func (p *person) post(address string, form url.Values) error {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", p.host)
	return p.do(req)
}

func (p *person) do(req *http.Request) error {
	req.Header.Set("Accept", "text/html")
	resp, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	p.at, p.body = resp.Request.URL, string(body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s\n%s", p.at, resp.Status, p.body)
	}
	return err
}

var goesOn = regexp.MustCompile(`href="(http://(?:127\.0\.0\.1|\[::1\]):[0-9]+/done[^"]+)"`)

// answer presses a button of the page that asks about a program, signs in where
// she is asked to, and goes on to the program.
func (p *person) answer(do string) error {
	if err := p.post(p.host+p.at.Path, p.form(url.Values{"do": {do}, "idp": {"staff"}})); err != nil {
		return err
	}
	if strings.Contains(p.body, `name="password"`) {
		to, err := p.at.Parse(html.UnescapeString(formAction.FindStringSubmatch(p.body)[1]))
		if err != nil {
			return err
		}
		if err := p.post(to.String(), p.form(url.Values{"username": {"ada"}, "password": {"open-sesame"}, "do": {"sign-in"}})); err != nil {
			return err
		}
	}
	if found := goesOn.FindStringSubmatch(p.body); found != nil {
		return p.get(html.UnescapeString(found[1]))
	}
	return nil
}

// form is filled in, and has the page's hidden fields.
func (p *person) form(filled url.Values) url.Values {
	for _, m := range hidden.FindAllStringSubmatch(p.body, -1) {
		if !filled.Has(m[1]) {
			filled.Set(m[1], html.UnescapeString(m[2]))
		}
	}
	return filled
}

var userCode = regexp.MustCompile(`\b[B-Z]{4}-[B-Z]{4}\b`)

// answerDevice types the code that a file comes to hold, and answers as ada.
func answerDevice(host, file, do string) error {
	for range 100 {
		text, _ := os.ReadFile(file) // not there yet
		if code := userCode.FindString(string(text)); code != "" {
			ada := newPerson(host)
			if err := ada.post(host+"/device", url.Values{"do": {"find"}, "code": {code}}); err != nil {
				return err
			}
			return ada.answer(do)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("no code was printed")
}
