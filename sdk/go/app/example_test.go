package app_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/doorward/doorward/sdk/go/app"
)

// A server whose pages are for everybody who signs in, and one of them for
// people who proved who they are within the last minutes.
func Example() {
	doorward, err := app.New(app.Config{
		Host:   "https://login.example.com",
		Name:   "wiki",
		Origin: "https://wiki.example.com",
		Secret: app.Secret(os.Getenv("WIKI_SECRET")),
	})
	if err != nil {
		log.Fatal(err)
	}
	home := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, ok := app.IdentityOf(r.Context()); ok {
			fmt.Fprintf(w, "Hello, %s", id.User)
			return
		}
		fmt.Fprint(w, "Hello")
	})
	pay := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := doorward.Token(r.Context(), r, "https://api.example.com")
		if err != nil {
			http.Error(w, "the bank cannot be asked just now", http.StatusBadGateway)
			return
		}
		call, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, "https://api.example.com/accounts", nil)
		token.Authorize(call.Header)
		// …
	})
	mux := http.NewServeMux()
	mux.Handle("/", home)
	mux.Handle("/pay", doorward.RequireLevel("Authenticated/Fresh", pay))

	server := doorward.Identify(mux) // http.ListenAndServe("127.0.0.1:3001", server)

	// Somebody who reaches the server past the proxy, and says that they are root:
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("X-Doorward-User", "root")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	fmt.Println(w.Body)

	r = httptest.NewRequest(http.MethodGet, "/pay?to=bob", nil)
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	w = httptest.NewRecorder()
	server.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output:
	// Hello
	// 303 /.doorward/start?level=Authenticated%2FFresh&return_to=%2Fpay%3Fto%3Dbob
}
