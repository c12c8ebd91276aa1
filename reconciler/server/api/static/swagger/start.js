// Nothing leaves this server and nothing is kept: no outside validator, no stored credentials,
// no configuration taken from the address bar.
SwaggerUIBundle({
  url: "../v3/api-docs",
  dom_id: "#swagger-ui",
  validatorUrl: null,
  persistAuthorization: false,
  queryConfigEnabled: false,
  docExpansion: "none",
  displayRequestDuration: true,
  presets: [SwaggerUIBundle.presets.apis],
});
