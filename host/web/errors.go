package web

import "github.com/doorward/doorward/host/login"

// sentence is what a person is told about a code, and what they can do.
type sentence struct {
	status int
	title  string
	text   string
	again  bool // starting the login again may help
}

// sentences is the one table from codes to statuses and safe sentences. What
// happened in detail is logged once, with the request's id.
var sentences = map[login.Code]sentence{
	login.CodeStateMissing:       {400, "That answer is incomplete", "The identity provider's answer came without its state, so it cannot be matched to a login. Start again from here.", true},
	login.CodeStateUnknown:       {400, "This login is not known here", "No login with that state was begun in this browser. It may be finished already, begun in another browser, or its cookie was lost. Start again from here.", true},
	login.CodeStateExpired:       {400, "That took too long", "A login must be finished within ten minutes. Start again.", true},
	login.CodeStateSpent:         {400, "This login is finished already", "Its answer was used once, and works only once. If you are not signed in, start again.", true},
	login.CodeCodeMissing:        {400, "That answer is incomplete", "The identity provider sent neither a code nor an error. Start again; if it happens again, tell your administrator.", true},
	login.CodeParameterDuplicate: {400, "That address is malformed", "A parameter appears more than once. Go back and use the original link.", false},
	login.CodeParameterInvalid:   {400, "That address is malformed", "A parameter is unknown or has a value that is not allowed. Check the link.", false},
	login.CodeIssuerMismatch:     {400, "The wrong provider answered", "The answer came from another identity provider than the one this login was begun with. Nothing was accepted. Start again.", true},
	login.CodeLoginCancelled:     {403, "Sign-in was cancelled", "You, or the identity provider, cancelled the sign-in. Nothing has changed.", true},
	login.CodeProviderError:      {502, "The provider refused", "The identity provider answered with an error instead of signing you in. Start again; if it happens again, tell your administrator.", true},
	login.CodeProviderDown:       {503, "The provider cannot be reached", "The identity provider does not answer properly just now. Try again in a moment.", true},
	login.CodeProviderTimeout:    {504, "The provider is too slow", "The identity provider did not answer in time. Try again in a moment.", true},
	login.CodeProviderUnknown:    {404, "No such provider", "There is no identity provider of that name here. Start again and choose one.", true},
	login.CodeExchangeFailed:     {502, "The provider refused the code", "The identity provider did not exchange its code for tokens. Start again; if it happens again, the client's settings need a look by your administrator.", true},
	login.CodeIDTokenMissing:     {502, "The answer proves nothing", "The identity provider sent no ID token, so there is no proof of who you are. Tell your administrator.", true},
	login.CodeIDTokenInvalid:     {502, "The answer could not be verified", "The identity provider's ID token failed a check, so nothing in it was believed. Start again; if it happens again, tell your administrator.", true},
	login.CodeUserInfoFailed:     {502, "Your details could not be fetched", "The identity provider's userinfo call failed, and this site asks for it. Try again in a moment.", true},
	login.CodeUserInfoSubject:    {502, "The provider contradicts itself", "Userinfo named another person than the ID token. Nothing was accepted. Tell your administrator.", true},
	login.CodeDocumentInvalid:    {502, "The answer cannot be read", "What the identity provider sent is too large, too deep, or has a member twice. Tell your administrator.", true},
	login.CodeMappingFailed:      {502, "Your account cannot be mapped", "What the identity provider said does not fit this site's mapping. Tell your administrator.", true},
	login.CodePluginFailed:       {502, "Your account cannot be mapped", "A mapper plugin of this site failed, so nobody is signed in half-mapped. Tell your administrator.", true},
	login.CodePluginSkipped:      {502, "Your account cannot be mapped", "A mapper plugin of this site was skipped. Tell your administrator.", true},
	login.CodeLoginDenied:        {403, "You may not sign in here", "This site's rules refuse your account. Ask your administrator.", true},
	login.CodePolicyFailed:       {503, "Your levels cannot be decided", "The security policy could not be evaluated, so nobody is let in. Try again in a moment.", true},
	login.CodeReauthNotPerformed: {403, "You were not asked again", "This needs a fresh proof of who you are, and the identity provider gave none. Your session is as it was.", true},
	login.CodePersonMismatch:     {403, "Someone else answered", "The proof came from another account than the one signed in here. Your session is as it was.", true},
	login.CodeLevelNotReached:    {403, "The level was not reached", "You proved who you are, and the rules still do not grant the level that was asked for. Your session is as it was.", false},
	login.CodeLevelUnknown:       {400, "No such level", "The level in that address is not declared here. Check the link.", false},
	login.CodeLevelNoStepUp:      {400, "This level cannot be asked for", "That level cannot be reached by proving who you are again. Ask your administrator for it.", false},
	login.CodeLevelMissing:       {403, "You may not see this", "Your session lacks a security level that this needs. Ask your administrator for it, or sign out and come back as someone who has it.", false},
	login.CodeACRUnknown:         {400, "This proof cannot be asked for", "None of the proofs that the application asks for is known here. Tell its administrator: a level must name one of them under acr_values.", false},
	login.CodeACRUnmet:           {403, "The provider cannot prove you so", "The identity provider says that it cannot prove who you are in the way that is needed. Your session is as it was.", true},
	login.CodeStepUpNeeded:       {401, "Prove who you are again", "This needs a fresh proof of who you are. Open the page again and sign in when you are asked; what you wrote is still in your browser if you go back.", false},
	login.CodeSessionMissing:     {401, "You are signed out", "Your session has ended. Sign in to go on.", true},
	login.CodeStoreUnavailable:   {503, "Sessions cannot be read", "The session store does not answer, so nobody is let in. Try again in a moment.", false},
	login.CodeReturnRefused:      {400, "That address is not allowed", "The address to return to belongs to no application that is configured here. Check the link.", false},
	login.CodeAppUnknown:         {403, "No such application", "No application is configured under that name or address. Check the link, or ask whoever gave it to you.", false},
	login.CodePeerUntrusted:      {403, "That proxy is not known", "Only the proxies that are listed in trusted_proxies may ask this. Add the address of the one that asked, which is in the log.", false},
	login.CodePathAmbiguous:      {403, "That address can be read in two ways", "The path has dot segments, double slashes or encoded separators, and applications share this host. Use the plain address.", false},
	login.CodeHandOverFailed:     {400, "The sign-in could not be handed over", "The code that brings your session here works once, for one minute, in the browser that asked for it. Open the application again.", false},
	login.CodeBindingMissing:     {400, "The sign-in's cookie did not come back", "The sign-in was begun elsewhere or long ago, or this browser keeps no cookies. Allow cookies for this site, then open the application again.", false},
	login.CodeLoginLoop:          {508, "You were sent round in circles", "You signed in several times within half a minute, and the application still sent you back. Nothing is wrong with your account. Tell your administrator: the application's proxy may ask for another address than the one you open, or lose the cookie.", false},
	login.CodeIdentityTooLarge:   {403, "Your account does not fit", "What is known of you, such as your roles, is too long for the headers that carry it to the application. Tell your administrator.", false},
	login.CodeClientUnauthorized: {401, "The application is refused", "The application's name or secret is not right, or it may not have this.", false},
	login.CodeTokenUnavailable:   {409, "There is no such token", "The session holds no token of that kind that is still valid. Sign in again.", false},
	login.CodeTokenAudience:      {409, "The token is for somebody else", "The provider's access token is not for the API that was named. Ask for a resource that the provider issues tokens for.", false},
	login.CodeResourceUnknown:    {400, "That API is not known", "The application may not have a token for that resource. Check applications.NAME.resources.", false},
	login.CodeRefreshRefused:     {401, "The provider ended your sign-in", "The identity provider no longer vouches for this session. Sign in again.", true},
	login.CodeRefreshFailed:      {502, "The answer could not be verified", "The identity provider's refreshed tokens failed a check, so nothing in them was believed. Sign in again; if it happens again, tell your administrator.", true},
	login.CodeAuthTimeMoved:      {502, "The provider contradicts itself", "The identity provider's refreshed tokens say another time of sign-in than the sign-in did. That of the sign-in counts. Tell your administrator.", true},
	login.CodeSessionFrozen:      {409, "There are no fresh tokens", "The identity provider no longer renews this session's tokens. Sign in again.", true},
	login.CodeClaimSourceFailed:  {502, "Your groups could not be fetched", "Part of what the identity provider says of you is kept elsewhere, and could not be had from there. Try again in a moment; if it happens again, tell your administrator.", true},
	login.CodeIDTokenHeader:      {400, "There is no ID token", "The request has no ID token in its header. Many proxies drop headers with an underscore in their name: let yours pass it on, or use another name.", false},
	login.CodeIDTokenRefused:     {401, "The ID token is refused", "The ID token in the header failed a check, so nothing in it was believed.", false},
	login.CodeIDTokenReplayed:    {401, "This ID token was used already", "An ID token signs in once. Get a new one from the identity provider.", false},
	login.CodeNotInteractive:     {400, "This way in needs an ID token", "Nobody signs in there by way of a browser: a program brings an ID token that it has already.", false},
	login.CodeSAMLInvalid:        {502, "The answer could not be verified", "The identity provider's SAML response failed a check, so nothing in it was believed. Start again; if it happens again, tell your administrator.", true},
	login.CodeSAMLUnsolicited:    {400, "This login was not begun here", "The identity provider answered a question that was not asked in this browser. Start again from here.", true},
	login.CodeLogoutTokenInvalid: {400, "The sign-out message is refused", "The sign-out message failed a check, so nothing was ended.", false},
	login.CodeClientUnknown:      {400, "No such program", "No application here lets a program of that name sign in. Check the client_id, and applications.NAME.clients.", false},
	login.CodeUserCodeUnknown:    {400, "No device waits with that code", "The code is mistyped, used, or more than ten minutes old. Look at the device again.", false},
	login.CodeGrantInvalid:       {400, "The code is not good any more", "The code or device code is unknown, used, expired or another program's. Start again.", false},
	login.CodeConsoleOff:         {404, "The console is off", "No level opens the console here. Set console.level in the configuration.", false},
	login.CodeOriginRefused:      {403, "That came from elsewhere", "The request did not come from a page of this site, so it was refused. Open the page here and try again.", false},
	login.CodeNotFound:           {404, "There is nothing here", "This address leads nowhere. Check the link.", false},
	login.CodeMethodNotAllowed:   {405, "That cannot be done here", "This address does not answer that kind of request.", false},
	login.CodeRequestTooLarge:    {431, "The request is too large", "The address, the cookies or the body are larger than this site accepts. Clear this site's cookies and try again.", false},
	login.CodeRateLimited:        {429, "Too many attempts", "Wait a moment, then try again.", false},
	login.CodeInternal:           {500, "Something broke here", "It is not your doing, and nothing was granted. Try again; if it happens again, tell your administrator the reference below.", true},
}

// of is the sentence of code; an unknown code is an internal error.
func sentenceOf(code login.Code) sentence {
	if s, ok := sentences[code]; ok {
		return s
	}
	return sentences[login.CodeInternal]
}
