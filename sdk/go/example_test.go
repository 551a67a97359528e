package doorward_test

import (
	"fmt"

	doorward "github.com/doorward/doorward/sdk/go"
)

// A mapper is one function; NewInput tests it without a host.
func Example() {
	mapper := func(in *doorward.Input) (doorward.Result, error) {
		if verified, _ := in.Bool("/sources/userInfo/email_verified"); !verified {
			return doorward.Result{Deny: "the email is not verified"}, nil
		}
		email, _ := in.Text("/sources/userInfo/email")
		return doorward.Result{Set: doorward.User{UserName: email}}, nil
	}
	for _, userInfo := range []string{`{"email":"ada@example.com","email_verified":true}`, `{"email":"eve@example.com"}`} {
		in, err := doorward.NewInput([]byte(`{"sources":{"userInfo":` + userInfo + `}}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		result, err := mapper(in)
		fmt.Println(string(result.JSON()), err)
	}
	// Output:
	// {"set":{"userName":"ada@example.com"}} <nil>
	// {"deny":{"reason":"the email is not verified"}} <nil>
}
