(()=>{let d=document,p=d.createElement("div"),on,s=p.style
p.className="tip";d.body.append(p)
let off=()=>{if(on)on.textContent=p.textContent;on=0;s.display="none"}
d.onpointerover=e=>{off();let t=e.target.querySelector("svg :scope>title"),y
if(!t)return
on=t;p.textContent=t.textContent;t.textContent="";s.display="block"
y=e.clientY-p.offsetHeight-12;s.top=(8>y?e.clientY+18:y)+"px"
s.left=Math.max(8,Math.min(e.clientX+10,d.body.clientWidth-p.offsetWidth-8))+"px"}
d.addEventListener("scroll",off,true)
for(let h of d.querySelectorAll("thead th")){h.tabIndex=0
h.onclick=()=>{let b=h.closest("table").tBodies[0],i=h.cellIndex,up=h.ariaSort=="descending"?1:-1
,key=r=>h.className?parseFloat(r.replace(/,/g,"").replace("−","-")):r
b.append(...[...b.rows].map(r=>[key(r.cells[i].textContent),r]).sort(([x],[y])=>(y>x||x!=x?-1:x>y||y!=y?1:0)*up).map(r=>r[1]))
for(let o of h.parentNode.cells)o.ariaSort=null
h.ariaSort=up>0?"ascending":"descending"}
h.onkeydown=e=>e.key=="Enter"?h.onclick():0}})()
