// The code that the benchmark runs, built by
// clang --target=wasm32 -O2 -mbulk-memory -nostdlib -nostartfiles -Wl,--no-entry -o bench.wasm bench.c
#include <stdint.h>

static uint8_t buf[65536];
__attribute__((export_name("alloc"))) uint8_t* alloc(int n){return buf;}
static uint32_t tab[256];
static uint32_t fib(uint32_t n){return n<2?n:fib(n-1)+fib(n-2);}
static int cmp(const void*a,const void*b){return *(int*)a-*(int*)b;}
static void sort(int*a,int n,int(*c)(const void*,const void*)){for(int i=1;i<n;i++)for(int j=i;j>0&&c(&a[j-1],&a[j])>0;j--){int t=a[j];a[j]=a[j-1];a[j-1]=t;}}
__attribute__((export_name("crc"))) uint32_t crc(uint32_t n){
 for(uint32_t i=0;i<256;i++){uint32_t c=i;for(int k=0;k<8;k++)c=c&1?0xedb88320^(c>>1):c>>1;tab[i]=c;}
 uint32_t c=~0u;for(uint32_t i=0;i<n;i++)c=tab[(c^buf[i&65535])&255]^(c>>8);return ~c;}
__attribute__((export_name("fibo"))) uint32_t fibo(uint32_t n){return fib(n);}
static int arr[2000];
__attribute__((export_name("sorted"))) int sorted(int n){uint32_t s=12345;for(int i=0;i<n;i++){s=s*1664525+1013904223;arr[i]=s>>8;}sort(arr,n,cmp);return arr[n/2];}
static int json(const uint8_t*p,int n){int d=0,q=0,c=0;for(int i=0;i<n;i++){switch(p[i]){case '"':q=!q;c++;break;case '{':case '[':if(!q)d++;break;case '}':case ']':if(!q)d--;break;case '\\':i++;break;default:if(p[i]<32&&q)return -1;}}return c*1000+d;}
__attribute__((export_name("scan"))) int scan(int n){__builtin_memset(buf,'a',sizeof buf);for(int i=0;i<65536;i+=7)buf[i]="\"{}[],:"[i%7];int r=0;while(n--)r+=json(buf,65536);return r;}
