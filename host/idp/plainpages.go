package idp

// The pages as plain forms.

import (
	"net/http"

	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/page"
)

var plainPage = page.Parse(`<section class="card">
{{with .V}}<form class="stack" method="post" action="{{.Action}}">
{{if eq $.Kind "form_post"}}{{range .Params}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}<button>Continue</button>
{{else}}<input type="hidden" name="request" value="{{.Request}}">
{{if eq $.Kind "choose"}}{{range .Accounts}}<button name="account" value="{{.ID}}">{{.UserName}}</button>{{end}}<button name="do" value="other">Other</button>{{end}}
{{if eq $.Kind "consent"}}<p>{{.Client.Name}} {{.Person.UserName}}</p>{{range .Scopes}}<p>{{.Name}}</p>{{end}}<button name="do" value="allow">Allow</button><button name="do" value="deny">Deny</button>{{end}}
{{if eq $.Kind "device_code"}}<input name="code" value="{{.Code}}">{{with .Error}}<p>{{.Key}}</p>{{end}}<button name="do" value="next">Next</button>{{end}}
{{if eq $.Kind "device_confirm"}}<p>{{.Client.Name}} {{.Code}} {{.Person.UserName}}</p><button name="do" value="allow">Allow</button>{{end}}
{{if eq $.Kind "sign_out"}}<p>{{.Person.UserName}}</p><button name="do" value="sign-out">Sign out</button>{{end}}{{end}}
</form>{{end}}
{{if eq .Kind "device_done"}}<h1>Done</h1>{{end}}
{{if eq .Kind "signed_out"}}<h1>You are signed out</h1>{{end}}
</section>`)

func (p *Provider) page(w http.ResponseWriter, r *http.Request, status int, view pages.Page, targets ...string) {
	kind, data := "", any(view)
	switch view.(type) {
	case pages.FormPost:
		kind = "form_post"
	case pages.Choose:
		kind = "choose"
	case pages.Consent:
		kind = "consent"
	case pages.DeviceCode:
		kind = "device_code"
	case pages.DeviceConfirm:
		kind = "device_confirm"
	case pages.DeviceDone:
		kind, data = "device_done", nil
	case pages.SignOut:
		kind = "sign_out"
	case pages.SignedOut:
		kind, data = "signed_out", nil
	}
	p.show(w, r, status, page.Policy(targets...), plainPage, kind, map[string]any{"Kind": kind, "V": data})
}
