package web

// forceAuth decides whether a login asks for re-authentication: the request,
// the application and the project each may say so, and the nearest wins. A
// request can raise anything and lower the project's default, never an
// application's "enable": people edit URLs.
func forceAuth(request *bool, app *Application, project bool) bool {
	if request != nil && *request {
		return true
	}
	setting := "project"
	if app != nil && app.ForceAuth != "" {
		setting = app.ForceAuth
	}
	switch setting {
	case "enable":
		return true
	case "disable":
		return false
	}
	return project && request == nil
}
